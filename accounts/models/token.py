"""How programs sign in."""

import hashlib
import secrets
from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .user import User

PREFIX = "tertulia_"  # so that people, and programs that look for secrets left lying about, know one when they see it
SECRET_BYTES = 32
NAME_CHARACTERS = 60
USE_NOTED = timedelta(minutes=1)
TOKENS_PER_USER = 50


class Token(models.Model):
    """A secret that a program sends in place of a session. Only its hash is kept: 256 random bits need no slow one."""

    class Scope(models.TextChoices):
        READ = "read", _("read only")
        WRITE = "write", _("read and write")

    user = models.ForeignKey(User, models.CASCADE, related_name="tokens", verbose_name=_("user"))
    name = models.CharField(_("name"), max_length=NAME_CHARACTERS)
    scope = models.CharField(_("may"), max_length=5, choices=Scope, default=Scope.WRITE)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("since"), default=timezone.now, editable=False)
    used_at = models.DateTimeField(_("last used"), null=True, editable=False)

    class Meta:
        verbose_name = _("token")
        verbose_name_plural = _("tokens")

    def __str__(self):
        return self.name

    @classmethod
    def make(cls, user, name, scope=Scope.WRITE):
        """A new token and its secret, which nobody can read again."""
        token = cls(user=user, name=name, scope=scope)
        secret = token.draw_secret()
        token.save()
        return token, secret

    def draw_secret(self):
        """A secret for a token that is about to be saved."""
        secret = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
        self.digest = digest_of(secret)
        return secret

    @classmethod
    def of(cls, secret):
        """The token with this secret, its user loaded and its use noted; None if there is none that holds.

        Raises `Banned`: whoever holds the token is its user.
        """
        token = cls.objects.select_related("user").filter(digest=digest_of(secret), user__is_active=True).first()
        if token:
            token.user.refuse_if_banned()
            token.note_use()
        return token

    @property
    def may_write(self):
        return self.scope == self.Scope.WRITE

    def note_use(self):
        """At most once a minute: reading must not cost a write."""
        now = timezone.now()
        stale = Q(used_at=None) | Q(used_at__lt=now - USE_NOTED)
        if self.used_at is None or self.used_at < now - USE_NOTED:
            Token.objects.filter(stale, pk=self.pk).update(used_at=now)

    def to_dict(self):
        """As its owner sees it."""
        return {
            "id": self.pk,
            "name": self.name,
            "scope": self.scope,
            "created_at": self.created_at,
            "used_at": self.used_at,
        }


def digest_of(secret):
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
