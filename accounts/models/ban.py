"""Whom the site keeps out, why, and until when."""

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.errors import ExpectedError

REASON_CHARACTERS = 300


class Banned(ExpectedError):
    """Told to nobody but who has shown that the account is theirs."""

    status = 403

    def __init__(self, user):
        super().__init__("banned")
        self._user = user

    @property
    def text(self):
        return self._user.ban_words


class Bannable(models.Model):
    """What a `User` is while the site keeps them out. A ban with an end ends by the clock, without a write."""

    banned_at = models.DateTimeField(gettext_lazy("banned since"), null=True, blank=True, editable=False)
    banned_until = models.DateTimeField(gettext_lazy("banned until"), null=True, blank=True, editable=False)
    ban_reason = models.CharField(
        gettext_lazy("reason"), max_length=REASON_CHARACTERS, blank=True, default="", db_default="", editable=False
    )

    class Meta:
        abstract = True

    @property
    def is_banned(self):
        return self.banned_at is not None and (self.banned_until is None or self.banned_until > timezone.now())

    @property
    def may_enter(self):
        """Whether sessions and tokens of this user hold."""
        return self.is_active and not self.is_banned

    @property
    def ban_words(self):
        """What the banned person reads, in the language active now."""
        if self.banned_until is None:
            return _("This account is banned. The reason: %(reason)s") % {"reason": self.ban_reason}
        until = date_format(timezone.localtime(self.banned_until), "DATETIME_FORMAT")
        words = _("This account is banned until %(until)s UTC. The reason: %(reason)s")
        return words % {"until": until, "reason": self.ban_reason}

    def refuse_if_banned(self):
        if self.is_banned:
            raise Banned(self)

    def ban(self, reason, until=None):
        """Keep this user out, for ever or `until` then, and sign them out everywhere; tokens rest meanwhile."""
        self.banned_at, self.banned_until, self.ban_reason = timezone.now(), until, reason
        with transaction.atomic():
            self.save(update_fields=["banned_at", "banned_until", "ban_reason"])
            self.end_sessions()

    def lift_ban(self):
        self.banned_at, self.banned_until, self.ban_reason = None, None, ""
        self.save(update_fields=["banned_at", "banned_until", "ban_reason"])

    def deactivate(self):
        """Nobody signs in by this account any more, and nobody finds it, until it is active again."""
        self.is_active = False
        with transaction.atomic():
            self.save(update_fields=["is_active"])
            self.end_sessions()

    def reactivate(self):
        self.is_active = True
        self.save(update_fields=["is_active"])


def banned_now(prefix=""):
    """The condition of `is_banned` for a query whose users are at `prefix`."""
    since, until = f"{prefix}banned_at__isnull", f"{prefix}banned_until"
    return Q(**{since: False}) & (Q(**{until: None}) | Q(**{f"{until}__gt": timezone.now()}))


def let_in(prefix=""):
    """The same of `may_enter`."""
    return Q(**{f"{prefix}is_active": True}) & ~banned_now(prefix)
