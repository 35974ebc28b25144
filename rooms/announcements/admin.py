"""Words from the site's staff to everybody."""

from django.contrib import admin
from django.db import transaction

from accounts.staff.model_admin import Desk
from rooms.hub import facade

from .models import Announcement


@admin.register(Announcement)
class AnnouncementAdmin(Desk):
    """Saying one is telling everybody who is connected; what was told stays."""

    can_add = True
    list_display = ["at", "text", "by"]
    list_select_related = ["by"]
    search_fields = ["text"]
    fields = ["text"]
    ordering = ["-pk"]

    def get_fields(self, request, obj=None):
        return ["text"] if obj is None else ["text", "at", "by"]

    def get_actions(self, request):
        return {}

    def save_model(self, request, obj, form, change):
        obj.by = request.user
        super().save_model(request, obj, form, change)
        transaction.on_commit(lambda: facade.publish_announcement(obj.text, request.user.username))
