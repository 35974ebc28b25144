"""Who may not write in which public room; what two people do in private is not staff's to see."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.staff.model_admin import Desk, act
from accounts.staff.users import shown
from rooms.hub import facade
from rooms.models import Muted
from rooms.moderation import service as moderation


@admin.register(Muted)
class MutedAdmin(Desk):
    list_display = ["user", "where", "since", "by"]
    linked_by = ["room__id__exact"]
    search_fields = ["user__username", "room__name"]
    fields = ["user", "where", "since", "by", "joined_at"]
    readonly_fields = ["where", "since", "by"]
    ordering = ["-muted_at"]
    actions = ["let_speak"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("user", "room", "muted_by")

    @admin.display(description=_("room"), ordering="room__name_key")
    def where(self, muted):
        url = reverse("admin:rooms_room_change", args=[muted.room_id])
        return format_html('<a href="{}">{}</a>', url, muted.room.title)

    @admin.display(description=_("muted since"), ordering="muted_at")
    def since(self, muted):
        return shown(muted.muted_at)

    @admin.display(description=_("muted by"))
    def by(self, muted):
        return muted.muted_by or _("not known")

    def page_of(self, obj):
        """Who may speak again has no page here any more."""
        return reverse("admin:rooms_muted_changelist")

    @act(_("Let speak again"), is_noted=True)
    def let_speak(self, request, muted, answers):
        guest = facade.OfflineActor(request.user, get_language())
        why = answers["reason"]
        facade.on_loop(moderation.keep_order, guest, muted.room_id, "unmute", muted.user_id, why)
