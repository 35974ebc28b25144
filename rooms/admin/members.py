"""Members of public rooms on the staff site."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.staff.model_admin import StaffModelAdmin
from rooms.models import Membership, Room


@admin.register(Membership)
class MembershipAdmin(StaffModelAdmin):
    list_display = ["user", "room", "joined_at", "hidden_at", "muted_at", "removed_at", "may_return_at"]
    list_select_related = ["user", "room"]
    link_lookups = ["room__id__exact"]
    search_fields = ["user__username"]
    fields = ["user", "room", "joined_at", "hidden_at", "muted_at", "removed_at", "may_return_at"]
    ordering = ["-pk"]
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return super().get_queryset(request).filter(room__kind=Room.Kind.PUBLIC)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {}
