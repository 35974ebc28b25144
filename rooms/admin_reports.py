"""What people have reported, for staff to look at."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from rooms.models import Report

SHOWN = ["at", "author", "text", "room", "said_at", "reporter", "why", "settled_at", "settled_by"]


@admin.register(Report)
class ReportAdmin(admin.ModelAdmin):
    list_display = ["at", "author", "text", "room", "reporter", "settled_at"]
    list_filter = [("settled_at", admin.EmptyFieldListFilter)]
    list_select_related = ["author", "room", "reporter"]
    search_fields = ["text", "author__username", "reporter__username"]
    fields = (*SHOWN,)
    readonly_fields = (*SHOWN,)
    ordering = ["-at"]
    actions = ["settle"]

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.action(description=_("The chosen reports are settled"))
    def settle(self, request, queryset):
        Report.settle(queryset, request.user)
