"""Announcements of the site's staff."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import StaffAct, User

ANNOUNCEMENT_MAX_CHARACTERS = 1000


class Announcement(models.Model):
    """A text sent once to all connected clients, and stored as a record."""

    text = models.TextField(_("text"), max_length=ANNOUNCEMENT_MAX_CHARACTERS)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("told at"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("announcement")
        verbose_name_plural = _("announcements")

    def __str__(self) -> str:
        return self.text[:60]

    @classmethod
    def store(cls, by: User, text: str) -> "Announcement":
        """Store an announcement made elsewhere than on the staff site, and log it as the site would."""
        announcement = cls.objects.create(by=by, text=text)
        StaffAct.record(by, "added", announcement)
        return announcement
