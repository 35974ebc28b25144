from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from .features import parts


class RoomsConfig(AppConfig):
    name = "rooms"
    verbose_name = _("Talk")

    def import_models(self) -> None:
        super().import_models()
        parts("models")
