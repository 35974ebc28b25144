from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.utils.translation import gettext_lazy as _

from . import signals


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("People")

    def ready(self) -> None:
        signals.connect()


class StaffAdminConfig(admin_apps.AdminConfig):
    """Django's admin with `StaffSite` as its site."""

    default = False  # of the apps in this module
    default_site = "accounts.staff.site.StaffSite"
