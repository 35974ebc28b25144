"""The admin site (`StaffAdminConfig` makes it `admin.site`)."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from accounts.views import with_retry_after

from .forms import StaffSignInForm


class StaffSite(admin.AdminSite):
    login_form = StaffSignInForm

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        response = super().login(request, extra_context)
        context = getattr(response, "context_data", None)
        return with_retry_after(response, context["form"]) if context else response
