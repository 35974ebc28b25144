"""Account deletion: a tombstone that keeps the user name from being taken again."""

from datetime import timedelta

from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.digest import digest_of
from accounts.listener import listener
from common import names

from .staff_act import StaffAct
from .user import User

# Longer than any request that may still hold the user in memory.
ROW_RETENTION = timedelta(minutes=2)
ERASED_FIELDS = {
    "first_names": "",
    "last_names": "",
    "birth_date": None,
    "gender": User.Gender.UNSAID,
    "email": "",
    "language": "",
    "theme": "",
    "last_seen_at": None,
    "last_login": None,
    "ban_reason": "",
}
REVOKED_RIGHTS = {"is_active": False, "is_staff": False, "is_superuser": False}
LAST_OWNER = _(
    "You are the last owner of this site: nobody could look after it without you. Make somebody else one first."
)
BOTS_STAY = _("This account is a program's: only the site's staff can delete it.")


class AccountDeletion(models.Model):
    """A deleted account. Of its name only digests are stored, enough to refuse a new account with the same name.

    `user_id` is the id of the user's emptied row until `finish` deletes it, after `ROW_RETENTION`. Cleanup tasks
    resume the work of every deletion that has not finished.
    """

    at = models.DateTimeField(default=timezone.now)
    name_key = models.CharField(max_length=64, db_index=True)
    name_look = models.CharField(max_length=64, db_index=True)
    user_id = models.BigIntegerField(null=True, unique=True)

    class Meta:
        db_table = "accounts_departure"

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d}"

    @classmethod
    def start(cls, user: User, is_own: bool = False) -> bool:
        """End an account; `is_own`: by its own user. Idempotent: true for the one call that ended it.

        Raises ValidationError: `last_owner`, and `bots_stay` for a bot that deletes itself.
        """
        if is_own and user.is_bot:
            raise ValidationError(BOTS_STAY, code="bots_stay")
        with transaction.atomic():
            locked = cls._lock(user)
            if locked is None:
                return False
            digests = {"name_key": digest_of(locked.username_key), "name_look": digest_of(locked.username_look)}
            cls.objects.create(user_id=locked.pk, **digests)
            if is_own and locked.is_staff:
                StaffAct.record(locked, "went")
            User.objects.filter(pk=locked.pk).update(**ERASED_FIELDS, **REVOKED_RIGHTS, password=make_password(None))
            locked.end_sessions()
            locked.tokens.all().delete()
            listener().leave_all_rooms(locked)
            # Robust: cleanup does again what fails here.
            transaction.on_commit(lambda: listener().account_deleted(locked.pk), robust=True)
        return True

    @classmethod
    def _lock(cls, user: User) -> User | None:
        """The user's row, locked until the transaction ends; None if the account has ended."""
        # All owners are locked with an owner: of two last owners who leave concurrently, the second one finds the
        # first gone. NO KEY: inserts that refer to the user, such as messages, do not wait for this lock.
        rows = User.objects.filter(Q(pk=user.pk) | Q(is_superuser=True) if user.is_superuser else Q(pk=user.pk))
        locked = {row.pk: row for row in rows.select_for_update(no_key=True).order_by("pk")}
        own = locked.pop(user.pk, None)
        if own is None or cls.pending().filter(user_id=own.pk).exists():
            return None
        if own.is_superuser and not any(other.is_superuser and other.has_access for other in locked.values()):
            raise ValidationError(LAST_OWNER, code="last_owner")
        return own

    @classmethod
    def pending(cls) -> QuerySet["AccountDeletion"]:
        """Deletions that have not finished."""
        return cls.objects.filter(user_id__isnull=False)

    @classmethod
    def is_name_retired(cls, name: str) -> bool:
        """Whether a deleted account had this user name, or a confusable one."""
        retired = Q(name_key=digest_of(names.key(name))) | Q(name_look=digest_of(names.skeleton(name)))
        return cls.objects.filter(retired).exists()

    @property
    def is_due(self) -> bool:
        """Whether `ROW_RETENTION` is over, so that `finish` may run."""
        return self.at < timezone.now() - ROW_RETENTION

    def finish(self) -> None:
        """Delete the user's row."""
        with transaction.atomic():
            User.objects.filter(pk__in=[self.user_id]).delete()
            type(self).objects.filter(pk=self.pk).update(user_id=None)
