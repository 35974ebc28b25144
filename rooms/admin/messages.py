"""What was said in public rooms, closed ones too, for staff to find and to erase. Private messages they cannot read."""

from django.contrib import admin
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from accounts.staff.actions import object_action
from accounts.staff.model_admin import StaffModelAdmin
from rooms.hub import facade
from rooms.log.changes import Removal
from rooms.models import Message, Room

SHOWN_CHARACTERS = 120


@admin.register(Message)
class MessageAdmin(StaffModelAdmin):
    list_display = ["words", "author", "room", "at", "edited_at"]
    list_display_links = ["words"]
    list_select_related = ["author", "room"]
    link_lookups = ["room__id__exact", "author__id__exact"]
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

    @object_action(_("Erase"))
    def erase(self, request, message, answers):
        facade.on_loop(facade.post, Removal(request.user.pk, message.room_id, message.seq))

    def actions_for(self, request, message):
        return [] if message.erased_at else super().actions_for(request, message)
