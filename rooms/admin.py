"""Rooms in Django's admin: find, make permanent, close."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from rooms.live.doorbell import SITE_GROUP
from rooms.live.hub import ring
from rooms.models import Room

from . import admin_hooks as admin_hooks  # registers what it holds
from . import admin_reports as admin_reports


@admin.register(Room)
class RoomAdmin(admin.ModelAdmin):
    list_display = ("title", "owner", "permanent", "last_seq", "created_at", "owner_gone_at", "closed_at")
    list_filter = ("permanent", ("closed_at", admin.EmptyFieldListFilter))
    list_select_related = ("owner",)
    search_fields = ("name", "owner__username")
    fields = ("name", "owner", "permanent", "last_seq", "created_at", "owner_gone_at", "closed_at", "closed_by")
    readonly_fields = ("name", "owner", "last_seq", "created_at", "owner_gone_at", "closed_at", "closed_by")
    actions = ("close",)

    def get_queryset(self, request):
        """Public rooms only: private conversations are nobody's business."""
        return super().get_queryset(request).filter(kind=Room.Kind.PUBLIC)

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def save_model(self, request, obj, form, change):
        # Only what was changed here: the row's counters have gone on since it was read.
        Room.objects.filter(pk=obj.pk).update(permanent=obj.permanent, owner_gone_at=None)
        ring(SITE_GROUP, {"type": "lobby"})

    @admin.action(description=_("Close the chosen rooms"))
    def close(self, request, queryset):
        for room in queryset.exclude(is_default=True):
            room.close(request.user)
        ring(SITE_GROUP, {"type": "lobby"})
