"""What was said in public rooms, closed ones too, for staff to find and to erase. Private messages they cannot read."""

from django.contrib import admin
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from accounts.staff.model_admin import Desk, act
from rooms.hub import facade
from rooms.log.drafts import StaffErasure
from rooms.models import Message, Room

SHOWN_CHARACTERS = 120


@admin.register(Message)
class MessageAdmin(Desk):
    list_display = ["words", "author", "room", "at", "edited_at"]
    list_display_links = ["words"]
    list_select_related = ["author", "room"]
    linked_by = ["room__id__exact", "author__id__exact"]
    search_fields = ["text"]
    search_help_text = _("Words of the message. The pages of a user and of a room lead to what was said by them.")
    fields = ["at", "author", "room", "seq", "text", "edited_at", "erased_at"]
    actions = ["erase"]

    def get_queryset(self, request):
        return super().get_queryset(request).filter(room__kind=Room.Kind.PUBLIC)

    def get_ordering(self, request):
        # Of a room by its own index: a quiet one's last words may be a million messages ago.
        return ["-seq"] if "room__id__exact" in request.GET else ["-pk"]

    @admin.display(description=_("text"))
    def words(self, message):
        return Truncator(message.text).chars(SHOWN_CHARACTERS) if message.text else _("erased")

    @act(_("Erase"))
    def erase(self, request, message, answers):
        facade.on_loop(facade.post, StaffErasure(request.user.pk, message.room_id, message.seq))

    def acts_on(self, request, message):
        return [] if message.erased_at else super().acts_on(request, message)
