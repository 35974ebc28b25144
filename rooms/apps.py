from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RoomsConfig(AppConfig):
    name = "rooms"
    verbose_name = _("Talk")

    def ready(self):
        from chatsite import health

        from . import signals  # noqa: F401
        from .models import Pulse

        health.writes.append(Pulse.touch)
