"""Links by which people may sign up where not everybody may."""

import secrets
from datetime import timedelta

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .token import digest_of

SECRET_BYTES = 24
MOST_USES, USUAL_DAYS = 1000, 7


def in_a_week():
    return timezone.now() + timedelta(days=USUAL_DAYS)


class Invitation(models.Model):
    """Lets `uses` people in until it expires. Only its hash is kept: the link is shown once, to who makes it."""

    note = models.CharField(_("for whom"), max_length=100)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    uses = models.PositiveSmallIntegerField(
        _("for how many"), default=1, validators=[MinValueValidator(1), MaxValueValidator(MOST_USES)]
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

    def __str__(self):
        return self.note

    @classmethod
    def holding(cls, secret):
        """The invitations with this secret which still let somebody in: one, or none."""
        return cls.objects.filter(digest=digest_of(secret), used__lt=F("uses"), expires_at__gt=timezone.now())

    @classmethod
    def take(cls, secret):
        """Use it up by one; false if it holds no longer. Of many who come at once no more get in than may."""
        return bool(cls.holding(secret).update(used=F("used") + 1))

    def draw_secret(self):
        """A secret for one that is about to be saved."""
        secret = secrets.token_urlsafe(SECRET_BYTES)
        self.digest = digest_of(secret)
        return secret
