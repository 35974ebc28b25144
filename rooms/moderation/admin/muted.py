"""Muted members of public rooms; a mute in a private conversation is a block, which staff cannot see."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.current_user import current_user
from accounts.staff.actions import object_action
from accounts.staff.model_admin import StaffModelAdmin
from accounts.staff.users import format_datetime
from rooms.hub import facade
from rooms.models import Muted
from rooms.moderation import verbs


@admin.register(Muted)
class MutedAdmin(StaffModelAdmin):
    list_display = ["user", "room_link", "since", "by"]
    link_lookups = ["room__id__exact"]
    search_fields = ["user__username", "room__name"]
    fields = ["user", "room_link", "since", "by", "joined_at"]
    readonly_fields = ["room_link", "since", "by"]
    ordering = ["-muted_at"]
    actions = ["let_speak"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Muted]:
        return super().get_queryset(request).select_related("user", "room", "muted_by")

    @admin.display(description=_("room"), ordering="room__name_key")
    def room_link(self, muted: Muted) -> SafeString:
        url = reverse("admin:rooms_room_change", args=[muted.room_id])
        return format_html('<a href="{}">{}</a>', url, muted.room.title)

    @admin.display(description=_("muted since"), ordering="muted_at")
    def since(self, muted: Muted) -> str | None:
        return format_datetime(muted.muted_at)

    @admin.display(description=_("muted by"))
    def by(self, muted: Muted) -> str:
        return str(muted.muted_by or _("not known"))

    def change_url(self, obj: Model) -> str:
        """The list: after an unmute the member's page no longer exists."""
        return reverse("admin:rooms_muted_changelist")

    @object_action(_("Let speak again"), is_recorded=True)
    def let_speak(self, request: HttpRequest, muted: Muted, cleaned_data: Mapping[str, Any]) -> None:
        actor = facade.OfflineActor(current_user(request), get_language())
        facade.on_loop(verbs.moderate, actor, muted.room_id, "unmute", muted.user_id, cleaned_data["reason"])
