"""Membership of users in rooms: removals, bans, muting and notification levels."""

from collections.abc import Collection
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class NotificationLevel(models.TextChoices):
    """The messages of a room that notify a member who is in another room."""

    ALL = "all"
    MENTIONS = "mentions"
    NOTHING = "nothing"


class Membership(models.Model):
    """A user's membership in a room, from the first visit on.

    - Removed: `removed_at` is set, and `may_return_at` is the end of the removal. Banned: `may_return_at` is NULL.
    - Muted: the member reads but cannot write. In a private conversation this is the other member's block.
    - `read_seq` is the read marker: the highest `seq` the member has read (`rooms.unread.queries`).
    - `changed_at`, by the database's clock, is set by every update: other processes poll for it.
    - `said_at`, the time of the last message, is kept in rooms with slow mode only.
    """

    room = models.ForeignKey("rooms.Room", models.CASCADE, verbose_name=_("room"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("user"))
    joined_at = models.DateTimeField(_("since"), auto_now_add=True)
    read_seq = models.PositiveBigIntegerField(default=0)
    hidden_at = models.DateTimeField(_("hidden"), null=True, blank=True)
    removed_at = models.DateTimeField(_("removed"), null=True, blank=True)
    may_return_at = models.DateTimeField(_("may return"), null=True, blank=True)
    muted_at = models.DateTimeField(_("muted"), null=True, blank=True)
    # No constraint: validating one would lock a large table. NULL for members muted before the column existed.
    muted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
        verbose_name=_("muted by"),
    )
    said_at = models.DateTimeField(null=True, editable=False)
    changed_at = models.DateTimeField(db_default=Now(), editable=False)
    # Empty means the default: everything in private conversations, mentions elsewhere.
    level = models.CharField(max_length=8, choices=NotificationLevel, blank=True, default="", db_default="")

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [models.UniqueConstraint(fields=["room", "user"], name="member_once")]
        indexes = [
            models.Index(fields=["changed_at"], name="memberships_changed_lately"),
            models.Index(fields=["room"], condition=models.Q(muted_at__isnull=False), name="muted_members"),
            # For ON DELETE SET NULL of the muting user.
            models.Index(fields=["muted_by"], condition=models.Q(muted_by__isnull=False), name="muted_by_whom"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.room_id}"

    @classmethod
    def of_each(cls, user_ids: Collection[int]) -> dict[int, dict[int, "Membership"]]:
        """Memberships in open rooms as `{user id: {room id: membership}}`, without removals, rooms loaded."""
        found = cls.objects.filter(user__in=user_ids, removed_at=None, room__closed_at=None).select_related("room")
        each: dict[int, dict[int, Membership]] = {user_id: {} for user_id in user_ids}
        for membership in found:
            each[membership.user_id][membership.room_id] = membership
        return each

    @classmethod
    def muted(cls) -> list[tuple[int, int]]:
        """Muted members of open public rooms as `(room id, user id)`."""
        return list(cls.objects.filter(muted_in_public()).values_list("room_id", "user_id"))

    @staticmethod
    def removed_now() -> Q:
        """A filter for members who are banned, or removed and not yet allowed to return."""
        return Q(removed_at__isnull=False) & (Q(may_return_at=None) | Q(may_return_at__gt=Now()))

    @classmethod
    def removals(cls, user_ids: Collection[int]) -> list["Membership"]:
        """Memberships of these users in rooms from which they are removed or banned, rooms loaded.

        Closed rooms are included, or a removed user would be notified of the closing.
        """
        return list(cls.objects.filter(cls.removed_now(), user__in=user_ids).select_related("room"))

    def readmit(self, last_seq: int) -> bool:
        """Make a removed user a member again as on a first visit, with `last_seq` read; false while still removed."""
        former = Membership.objects.filter(pk=self.pk).exclude(self.removed_now())
        return bool(
            former.update(removed_at=None, may_return_at=None, hidden_at=None, read_seq=last_seq, changed_at=Now())
        )

    @classmethod
    def levels_of(cls, user: User) -> dict[int, str]:
        """The notification levels a user has chosen, as `{room id: level}`."""
        return dict(cls.objects.filter(user=user).exclude(level="").values_list("room_id", "level"))

    @classmethod
    def choose_level(cls, room_id: int, user: User, level: str) -> bool:
        """Set the user's `NotificationLevel` for a room; false if they are not a member."""
        mine = cls.objects.filter(room=room_id, user=user, removed_at=None)
        return bool(mine.update(level=level, changed_at=Now()))


def muted_in_public() -> Q:
    """A filter for members muted in open public rooms; a block in a private conversation is not one."""
    return Q(muted_at__isnull=False, room__closed_at=None, room__kind="public")


class MutedManager(models.Manager["Muted"]):
    def get_queryset(self) -> models.QuerySet["Muted"]:
        return super().get_queryset().filter(muted_in_public())


class Muted(Membership):
    """A member muted in an open public room."""

    objects: ClassVar = MutedManager()

    class Meta:
        proxy = True
        verbose_name = _("muted person")
        verbose_name_plural = _("muted people")

    def __str__(self) -> str:
        return f"{self.user} · {self.room}"
