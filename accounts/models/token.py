"""API tokens."""

import secrets
from datetime import datetime, timedelta
from typing import TypedDict

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.digest import digest_of

from .user import User

PREFIX = "tertulia_"  # lets people and secret scanners recognise a leaked token
SECRET_BYTES = 32
NAME_CHARACTERS = 60
USE_RESOLUTION = timedelta(minutes=1)
TOKENS_PER_USER = 50


class TokenDict(TypedDict):
    """A token as its owner sees it, without the secret."""

    id: int
    name: str
    scope: str
    created_at: datetime
    used_at: datetime | None


class Token(models.Model):
    """A secret that authenticates an API client as its user.

    Only a SHA-256 digest is stored: with 256 random bits, a slow hash would add nothing.
    """

    class Scope(models.TextChoices):
        READ = "read", _("read only")
        WRITE = "write", _("read and write")

    user = models.ForeignKey(User, models.CASCADE, related_name="tokens", verbose_name=_("user"))
    name = models.CharField(_("name"), max_length=NAME_CHARACTERS)
    scope = models.CharField(_("may"), max_length=5, choices=Scope, default=Scope.WRITE)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    secret: str  # not stored: set on an instance by `generate_secret`
    created_at = models.DateTimeField(_("since"), default=timezone.now, editable=False)
    used_at = models.DateTimeField(_("last used"), null=True, editable=False)

    class Meta:
        verbose_name = _("token")
        verbose_name_plural = _("tokens")

    def __str__(self) -> str:
        return self.name

    @classmethod
    def issue(cls, user: User, name: str, scope: str = Scope.WRITE) -> tuple["Token", str]:
        """A new, saved token and its secret, which cannot be read again."""
        token = cls(user=user, name=name, scope=scope)
        secret = token.generate_secret()
        token.save()
        return token, secret

    def generate_secret(self) -> str:
        """A new secret, set on this unsaved instance together with its digest."""
        self.secret = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
        self.digest = digest_of(self.secret)
        return self.secret

    @classmethod
    def authenticate(cls, secret: str) -> "Token | None":
        """The token with this secret, with its user loaded, or None; records the use.

        Raises `Banned`: the secret proves that the caller is the user.
        """
        token = cls.objects.select_related("user").filter(digest=digest_of(secret), user__is_active=True).first()
        if token:
            token.user.refuse_if_banned()
            token.record_use()
        return token

    @property
    def may_write(self) -> bool:
        return self.scope == self.Scope.WRITE

    def record_use(self) -> None:
        """Set `used_at`, at most once a minute: reading over REST must not cost a write each time."""
        now = timezone.now()
        stale = Q(used_at=None) | Q(used_at__lt=now - USE_RESOLUTION)
        if self.used_at is None or self.used_at < now - USE_RESOLUTION:
            Token.objects.filter(stale, pk=self.pk).update(used_at=now)

    def to_dict(self) -> TokenDict:
        return {
            "id": self.pk,
            "name": self.name,
            "scope": self.scope,
            "created_at": self.created_at,
            "used_at": self.used_at,
        }
