"""Who belongs to a room."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class NotificationLevel(models.TextChoices):
    """Of what a room tells a member who is elsewhere."""

    ALL = "all"
    MENTIONS = "mentions"
    NOTHING = "nothing"


class Membership(models.Model):
    """A user who has been in a room: it stays in their side bar until they hide it or are removed.

    `read_seq` is how far they have read (`rooms.unread.queries`). Every verb sets `changed_at`, by the database's
    clock: it is where other processes look. Who was removed (`removed_at`) may come back from `may_return_at` on, or
    never. Who is muted reads and does not write: in a private conversation that is a block by the other one
    (`rooms.moderation.blocks`). `said_at` is kept in slow rooms only.
    """

    room = models.ForeignKey("rooms.Room", models.CASCADE, verbose_name=_("room"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("user"))
    joined_at = models.DateTimeField(_("since"), auto_now_add=True)
    read_seq = models.PositiveBigIntegerField(default=0)
    hidden_at = models.DateTimeField(_("hidden"), null=True, blank=True)
    removed_at = models.DateTimeField(_("removed"), null=True, blank=True)
    may_return_at = models.DateTimeField(_("may return"), null=True, blank=True)
    muted_at = models.DateTimeField(_("muted"), null=True, blank=True)
    # Without a constraint, to check which would lock a large table; and not known of those who were muted long ago.
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
    # Without a choice: all that is said in private, and mentions elsewhere.
    level = models.CharField(max_length=8, choices=NotificationLevel, blank=True, default="", db_default="")

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [models.UniqueConstraint(fields=["room", "user"], name="member_once")]
        indexes = [
            models.Index(fields=["changed_at"], name="memberships_changed_lately"),
            models.Index(fields=["room"], condition=models.Q(muted_at__isnull=False), name="muted_members"),
            # For the deletion of who has muted somebody.
            models.Index(fields=["muted_by"], condition=models.Q(muted_by__isnull=False), name="muted_by_whom"),
        ]

    def __str__(self):
        return f"{self.user_id} in {self.room_id}"

    @classmethod
    def of_each(cls, user_ids):
        """`{user id: {room id: membership}}`, the rooms loaded: all open ones from which they were not removed."""
        found = cls.objects.filter(user__in=user_ids, removed_at=None, room__closed_at=None).select_related("room")
        each = {user_id: {} for user_id in user_ids}
        for membership in found:
            each[membership.user_id][membership.room_id] = membership
        return each

    @staticmethod
    def removed_now():
        """A filter for members who are banned, or removed and not yet allowed to return."""
        returns_later = models.Q(may_return_at=None) | models.Q(may_return_at__gt=Now())
        return models.Q(removed_at__isnull=False) & returns_later

    @classmethod
    def removals(cls, user_ids):
        """Memberships of these users in rooms that they are removed or banned from, rooms loaded.

        Closed rooms included, or a removed user would be notified of the room's end.
        """
        return list(cls.objects.filter(cls.removed_now(), user__in=user_ids).select_related("room"))

    def readmit(self, last_seq):
        """Make a removed user a new member if they may return by now; return whether they are one."""
        former = type(self).objects.filter(pk=self.pk).exclude(self.removed_now())
        changes = {"removed_at": None, "may_return_at": None, "hidden_at": None, "changed_at": Now()}
        return bool(former.update(**changes, read_seq=last_seq))

    @classmethod
    def muted(cls):
        """`(room id, user id)` of everybody who is muted in an open public room."""
        return list(cls.objects.filter(muted_in_public()).values_list("room_id", "user_id"))

    @classmethod
    def levels_of(cls, user):
        """`{room id: level}` for the rooms of which the user has chosen one."""
        return dict(cls.objects.filter(user=user).exclude(level="").values_list("room_id", "level"))

    @classmethod
    def choose_level(cls, room_id, user, level):
        """Whether the room is one of theirs, and `level` (a `NotificationLevel`) holds there from now on."""
        mine = cls.objects.filter(room=room_id, user=user, removed_at=None)
        return bool(mine.update(level=level, changed_at=Now()))

    @classmethod
    def hide(cls, room, user):
        """Take the room off the user's own list; entering it (`rooms.presence.placement`) brings it back."""
        cls.objects.update_or_create(room=room, user=user, defaults={"hidden_at": timezone.now(), "changed_at": Now()})


def muted_in_public():
    """The condition of who is muted; in a private conversation that is a block, and nobody else's business."""
    return models.Q(muted_at__isnull=False, room__closed_at=None, room__kind="public")


class MutedPeople(models.Manager):
    def get_queryset(self):
        return super().get_queryset().filter(muted_in_public())


class Muted(Membership):
    """Somebody who reads in an open public room and does not write there."""

    objects: ClassVar = MutedPeople()

    class Meta:
        proxy = True
        verbose_name = _("muted person")
        verbose_name_plural = _("muted people")

    def __str__(self):
        return f"{self.user} · {self.room}"
