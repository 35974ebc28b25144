"""What people have reported, for staff to look at."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.desk import Desk, act
from rooms.models import Report

SHOWN = ["at", "author", "text", "room", "said_at", "reporter", "why", "settled_at", "settled_by"]


@admin.register(Report)
class ReportAdmin(Desk):
    list_display = ["at", "author", "text", "room", "reporter", "settled_at"]
    list_filter = [("settled_at", admin.EmptyFieldListFilter)]
    list_select_related = ["author", "room", "reporter"]
    search_fields = ["text", "author__username", "reporter__username"]
    fields = (*SHOWN,)
    ordering = ["-at"]
    actions = ["settle"]

    @act(_("Settle"))
    def settle(self, request, report, answers):
        Report.settle(Report.objects.filter(pk=report.pk), request.user)

    def acts_on(self, request, report):
        return [] if report.settled_at else super().acts_on(request, report)
