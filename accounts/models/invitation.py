"""Invitations: sign-up links for sites without open registration."""

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.digest import digest_of

SECRET_BYTES = 24
MAX_USES, DEFAULT_DAYS = 1000, 7


def in_a_week() -> datetime:
    """The default expiry of an invitation. Migrations refer to it by this name."""
    return timezone.now() + timedelta(days=DEFAULT_DAYS)


class Invitation(models.Model):
    """A sign-up link for `uses` people. Only a digest of its secret is stored: the link is shown once."""

    note = models.CharField(_("for whom"), max_length=100)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    secret: str  # not stored: set on an instance by `generate_secret`
    uses = models.PositiveSmallIntegerField(
        _("for how many"), default=1, validators=[MinValueValidator(1), MaxValueValidator(MAX_USES)]
    )
    used = models.PositiveSmallIntegerField(_("used"), default=0, editable=False)
    expires_at = models.DateTimeField(_("until"), default=in_a_week)
    made_at = models.DateTimeField(_("since"), default=timezone.now, editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+", verbose_name=_("by")
    )

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")

    def __str__(self) -> str:
        return self.note

    @classmethod
    def usable(cls, secret: str) -> QuerySet["Invitation"]:
        """The invitation with this secret, if it has not expired and has uses left: one row or none."""
        return cls.objects.filter(digest=digest_of(secret), used__lt=F("uses"), expires_at__gt=timezone.now())

    @classmethod
    def redeem(cls, secret: str) -> bool:
        """Use the invitation once; false if it is not usable. Atomic: concurrent calls never exceed `uses`."""
        return bool(cls.usable(secret).update(used=F("used") + 1))

    def generate_secret(self) -> str:
        """A new secret, set on this unsaved instance together with its digest."""
        self.secret = secrets.token_urlsafe(SECRET_BYTES)
        self.digest = digest_of(self.secret)
        return self.secret
