"""Browser sessions, stored with their owner."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext_lazy as _

from common.db.batched_delete import delete_batch

from .user import User


class Session(AbstractBaseSession):
    """The session of one browser, with a foreign key to its user, who can list and end it."""

    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="sessions", verbose_name=_("user"))
    created_at = models.DateTimeField(_("since"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        """The store that decodes session data."""
        # Django's own: `accounts.session_store` imports this module. Both sign with the same salt, which is made of
        # the class name `SessionStore`.
        return DatabaseSessionStore

    @classmethod
    def delete_expired(cls) -> bool:
        """Delete one batch of expired sessions; whether more remain.

        Without signals: the sockets of an expired session are already closed.
        """
        more: bool = delete_batch(cls.objects.filter(expire_date__lt=timezone.now()), send_signals=False)
        return more

    @property
    def handle(self) -> str:
        """An identifier for pages and URLs that does not disclose the session key."""
        return salted_hmac("accounts.session", self.session_key).hexdigest()[:20]

    def is_valid(self) -> bool:
        """Whether the session authenticates: not expired, its user has access, the password has not changed."""
        if self.expire_date <= timezone.now() or self.user is None or not self.user.has_access:
            return False
        stored_hash = self.get_decoded().get(HASH_SESSION_KEY, "")
        return any(constant_time_compare(stored_hash, valid_hash) for valid_hash in _valid_hashes(self.user))

    def save(
        self, *args: Any, force_update: bool = False, update_fields: Iterable[str] | None = None, **kwargs: Any
    ) -> None:
        # The session store updates by a new instance, whose `created_at` is not that of the row.
        if force_update and update_fields is None:
            update_fields = ["session_data", "expire_date", "user"]
        super().save(*args, force_update=force_update, update_fields=update_fields, **kwargs)


def _valid_hashes(user: User) -> Iterator[str]:
    """The session hashes of the user's password under the secret key and its fallbacks."""
    yield user.get_session_auth_hash()
    yield from user.get_session_auth_fallback_hash()
