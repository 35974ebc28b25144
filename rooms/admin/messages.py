"""Messages of public rooms on the staff site, closed rooms included; private messages are not shown."""

from typing import TYPE_CHECKING

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.current_user import current_user
from accounts.staff.actions import object_action
from accounts.staff.model_admin import StaffModelAdmin
from rooms.hub import facade
from rooms.log.drafts import StaffErasure
from rooms.models import Message, Room

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

EXCERPT_CHARACTERS = 120


@admin.register(Message)
class MessageAdmin(StaffModelAdmin):
    list_display = ["excerpt", "author", "room", "at", "edited_at"]
    list_display_links = ["excerpt"]
    list_select_related = ["author", "room"]
    link_lookups = ["room__id__exact", "author__id__exact"]
    search_fields = ["text"]
    search_help_text = gettext_lazy(
        "Words of the message. The pages of a user and of a room lead to what was said by them."
    )
    fields = ["at", "author", "room", "seq", "text", "edited_at", "erased_at"]
    actions = ["erase"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        return super().get_queryset(request).filter(room__kind=Room.Kind.PUBLIC)

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        # One room's messages by the index of (room, seq): by id, a scan for a quiet room could read millions of rows.
        return ("-seq",) if "room__id__exact" in request.GET else ("-pk",)

    @admin.display(description=gettext_lazy("text"))
    def excerpt(self, message: Message) -> str:
        return Truncator(message.text).chars(EXCERPT_CHARACTERS) if message.text else _("erased")

    @object_action(gettext_lazy("Erase"))
    def erase(self, request: HttpRequest, message: Message, cleaned_data: object) -> None:
        staff = current_user(request)
        facade.on_loop(facade.post, StaffErasure(staff.pk, message.room_id, message.seq))

    def actions_for(self, request: HttpRequest, message: Message) -> list[tuple[str, "StrOrPromise"]]:
        return [] if message.erased_at else super().actions_for(request, message)
