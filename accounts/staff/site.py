"""The admin as this site has it: `DeskConfig` makes it everybody's `admin.site`."""

from django.contrib import admin

from accounts.views import slowed_down

from .forms import StaffSignInForm


class StaffSite(admin.AdminSite):
    login_form = StaffSignInForm

    def login(self, request, extra_context=None):
        response = super().login(request, extra_context)
        page = getattr(response, "context_data", None)
        return slowed_down(response, page["form"]) if page else response
