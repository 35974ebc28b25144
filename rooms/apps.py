from django.apps import AppConfig


class RoomsConfig(AppConfig):
    name = "rooms"

    def ready(self):
        from chatsite import health

        from . import signals  # noqa: F401
        from .models import Pulse

        health.writes.append(Pulse.touch)
