"""What the site's staff have told everybody."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import StaffAct

ANNOUNCEMENT_CHARACTERS = 1000


class Announcement(models.Model):
    """Told once to all who are connected, wherever they stand; kept for the record."""

    text = models.TextField(_("text"), max_length=ANNOUNCEMENT_CHARACTERS)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("told at"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("announcement")
        verbose_name_plural = _("announcements")

    def __str__(self):
        return self.text[:60]

    @classmethod
    def keep(cls, by, text):
        """Keep, and note for staff, what was said to everybody otherwise than at the desk."""
        StaffAct.record(by, "added", cls.objects.create(by=by, text=text))
