"""Accounts that were deleted: what is kept so that nobody can pass for those who went."""

from datetime import timedelta

from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.listener import listener
from common import names

from .attempt import key_of
from .staff_act import StaffAct
from .user import User

# Longer than any request that still holds the user as it was.
ROW_KEPT = timedelta(minutes=2)
NOTHING_PERSONAL = {
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
LAST_OWNER = _(
    "You are the last owner of this site: nobody could look after it without you. Make somebody else one first."
)
BOTS_STAY = _("This account is a program's: only the site's staff can delete it.")
NO_RIGHTS = {"is_active": False, "is_staff": False, "is_superuser": False}


class Departure(models.Model):
    """Somebody deleted their account, or staff did. Of the name only hashes are kept: nobody else may bear it.

    `user_id` is that of the account's row while that is still there, empty and of no use: for a moment longer than
    anybody can be at it. Whatever has to be done until it goes is done again when it was cut short.
    """

    at = models.DateTimeField(default=timezone.now)
    name_key = models.CharField(max_length=64, db_index=True)
    name_look = models.CharField(max_length=64, db_index=True)
    user_id = models.BigIntegerField(null=True, unique=True)

    def __str__(self):
        return f"{self.at:%Y-%m-%d}"

    @classmethod
    def of(cls, user, is_own=False):
        """End an account at once, perhaps by its own person; true for the one caller who did it.

        Raises ValidationError (`last_owner`, and to a program `bots_stay`).
        """
        if is_own and user.is_bot:
            raise ValidationError(BOTS_STAY, code="bots_stay")
        with transaction.atomic():
            found = cls._locked(user)
            if found is None:
                return False
            hashes = {"name_key": key_of(found.username_key), "name_look": key_of(found.username_look)}
            cls.objects.create(user_id=found.pk, **hashes)
            if is_own and found.is_staff:
                StaffAct.note(found, "went")
            User.objects.filter(pk=found.pk).update(**NOTHING_PERSONAL, **NO_RIGHTS, password=make_password(None))
            found.end_sessions()
            found.tokens.all().delete()
            listener().leave_all_rooms(found)
            # Robust: cleanup does again what fails here.
            transaction.on_commit(lambda: listener().account_deleted(found.pk), robust=True)
        return True

    @classmethod
    def _locked(cls, user):
        """The account as it is now, which nobody else ends meanwhile; None if it has ended."""
        # Of two last owners who go at one moment the second finds the other gone. Ids, and with them what refers to
        # the account, are not locked: whoever writes messages need not wait.
        rows = User.objects.filter(Q(pk=user.pk) | Q(is_superuser=True) if user.is_superuser else Q(pk=user.pk))
        found = {one.pk: one for one in rows.select_for_update(no_key=True).order_by("pk")}
        mine = found.pop(user.pk, None)
        if mine is None or cls.pending().filter(user_id=mine.pk).exists():
            return None
        if mine.is_superuser and not any(one.is_superuser and one.may_enter for one in found.values()):
            raise ValidationError(LAST_OWNER, code="last_owner")
        return mine

    @classmethod
    def pending(cls):
        return cls.objects.filter(user_id__isnull=False)

    @classmethod
    def bore(cls, name):
        """Whether somebody who has gone was called so, or so that it looks alike."""
        alike = Q(name_key=key_of(names.key(name))) | Q(name_look=key_of(names.look(name)))
        return cls.objects.filter(alike).exists()

    @property
    def is_over(self):
        return self.at < timezone.now() - ROW_KEPT

    def finish(self):
        """Let go of the row."""
        with transaction.atomic():
            User.objects.filter(pk__in=[self.user_id]).delete()
            type(self).objects.filter(pk=self.pk).update(user_id=None)
