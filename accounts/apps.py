from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.utils.translation import gettext_lazy as _

from . import signals


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("People")

    def ready(self) -> None:
        signals.connect()


class DeskConfig(admin_apps.AdminConfig):
    """Django's admin, with a site of our own."""

    default = False  # of the apps in this module
    default_site = "accounts.staff.site.StaffSite"
