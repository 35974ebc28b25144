"""Announcements on the staff site: adding one sends it."""

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.forms import ModelForm
from django.http import HttpRequest

from accounts.current_user import current_user
from accounts.staff.model_admin import StaffModelAdmin
from rooms.hub import facade

from .models import Announcement


@admin.register(Announcement)
class AnnouncementAdmin(StaffModelAdmin):
    """Announcements cannot be changed or deleted: they have been read."""

    can_add = True
    list_display = ["at", "text", "by"]
    list_select_related = ["by"]
    search_fields = ["text"]
    fields = ["text"]
    ordering = ["-pk"]

    def get_fields(self, request: HttpRequest, obj: Announcement | None = None) -> tuple[str, ...]:
        return ("text",) if obj is None else ("text", "at", "by")

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {}

    def save_model(
        self, request: HttpRequest, obj: Announcement, form: "ModelForm[Announcement]", change: bool
    ) -> None:
        by = obj.by = current_user(request)
        super().save_model(request, obj, form, change)
        transaction.on_commit(lambda: facade.publish_announcement(obj.text, by.username))
