"""Where somebody is signed in."""

from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext_lazy as _

from common.db.batched_delete import delete_batch

from .user import User


class Session(AbstractBaseSession):
    """One browser's session; knows whose it is, so that its owner can list and end it."""

    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="sessions", verbose_name=_("user"))
    created_at = models.DateTimeField(_("since"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")

    @classmethod
    def get_session_store_class(cls):
        from accounts.session_store import SessionStore

        return SessionStore

    @classmethod
    def sweep(cls):
        """Delete some of the expired ones; whether there are more. Their sockets are closed already."""
        return delete_batch(cls.objects.filter(expire_date__lt=timezone.now()), send_signals=False)

    @property
    def handle(self):
        """Names the session in a page without giving its key away."""
        return salted_hmac("accounts.session", self.session_key).hexdigest()[:20]

    def is_valid(self):
        """Whether its user may act by it: it has not expired, they are let in, and the password is still the same."""
        if self.expire_date <= timezone.now() or self.user is None or not self.user.may_enter:
            return False
        held = self.get_decoded().get(HASH_SESSION_KEY, "")
        return any(constant_time_compare(held, right) for right in _right_hashes(self.user))

    def save(self, *args, force_update=False, update_fields=None, **kwargs):
        # The session store updates by a fresh instance, which does not know when the session began.
        if force_update and update_fields is None:
            update_fields = ["session_data", "expire_date", "user"]
        super().save(*args, force_update=force_update, update_fields=update_fields, **kwargs)


def _right_hashes(user):
    yield user.get_session_auth_hash()
    yield from user.get_session_auth_fallback_hash()
