"""What those who have the say in a room do about people who disturb it."""

from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Now

from accounts.models import User
from rooms.models import rights
from rooms.models.membership import Membership
from rooms.protocol.errors import ChatError

from .staff_log import note_staff

REMOVED_FOR = timedelta(minutes=10)
SLOWEST_SECONDS = 3600
BANNED_SHOWN = 500


class Order:
    """What a `Room` knows of keeping order. What is done twice is done once."""

    @classmethod
    def keep_order(cls, by, room_id, action, other, why=None):
        """Do one of `ACTIONS` in a room to `other` (an id or a name): `(room, other)`. `why` as of `note_staff`.

        Raises `no_such_room`, `not_your_room`, `no_such_user`, `not_over_them`, `default_room_stays`.
        """
        with transaction.atomic():
            room, by = cls._locked(by, room_id)
            rights.require_rule(by, room)
            other = User.objects.find_active(other)
            if other is None:
                raise ChatError("no_such_user", field="user")
            note_staff(by, f"room_{action}", room, other, why)  # before it is another's
            ACTIONS[action](room, by, other)
        return room, other

    @classmethod
    def slow_down(cls, by, room_id, seconds):
        """Let one message of each person be so many seconds apart; 0 ends it. Raises as `keep_order`; the room."""
        with transaction.atomic():
            room, by = cls._locked(by, room_id)
            rights.require_rule(by, room)
            room.slow_seconds = seconds
            room.save(update_fields=["slow_seconds"])
            note_staff(by, "room_slow", room)
        return room

    @classmethod
    def _locked(cls, by, room_id):
        """The room, which nobody writes to meanwhile, and `by` as they are at this moment."""
        by = User.objects.find_active(by.pk)
        if by is None:
            raise ChatError("not_signed_in")
        known = cls.open().filter(rights.known_to(by), kind=rights.PUBLIC, pk=room_id)
        room = known.select_related("owner").select_for_update(of=("self",)).first()
        if room is None:
            raise ChatError("no_such_room")
        return room, by

    @classmethod
    def kept_out(cls, user_ids):
        """Memberships of these people in rooms from which they are kept out, the rooms loaded.

        Also in closed ones, or they would hear of a room by its end.
        """
        found = Membership.objects.filter(rights.kept_out(), user__in=user_ids)
        return list(found.select_related("room"))

    def banned(self, by):
        """Those who are kept out, as `(user, until when or None)`, the first `BANNED_SHOWN`; raises `not_your_room`."""
        rights.require_rule(by, self)
        found = self.membership_set.filter(rights.kept_out(), user__is_active=True).select_related("user")
        return [(one.user, one.may_return_at) for one in found.order_by("user__username_key")[:BANNED_SHOWN]]


def readmit(membership, last_seq):
    """Whether somebody who was removed is a member again, as if for the first time: if they may come back by now."""
    former = Membership.objects.filter(pk=membership.pk).exclude(rights.kept_out())
    changes = {"removed_at": None, "may_return_at": None, "hidden_at": None, "changed_at": Now()}
    return bool(former.update(**changes, read_seq=last_seq))


def mute(room, by, other):
    rights.require_power_over(by, room, other)
    change(room, other, muted_at=Now(), muted_by=by)


def unmute(room, by, other):
    if other.pk == by.pk:
        rights.require_power_over(by, room, other)
    change(room, other, muted_at=None, muted_by=None)


def remove(room, by, other):
    require_removable(room, by, other)
    change(room, other, removed_at=Now(), may_return_at=Now() + REMOVED_FOR)


def ban(room, by, other):
    require_removable(room, by, other)
    Membership.objects.get_or_create(room=room, user=other)
    change(room, other, removed_at=Now(), may_return_at=None)


def unban(room, by, other):
    room.membership_set.filter(rights.kept_out(), user=other).update(may_return_at=Now(), changed_at=Now())


def hand_over(room, by, other):
    is_away = room.membership_set.filter(rights.kept_out(), user=other).exists()
    # Not under the lock of the other one: those who take it go on to rooms, and this room is locked already.
    has_enough = not (by.is_staff or room.permanent) and rights.has_enough(other, type(room).temporary())
    if room.is_default or other.is_bot or is_away or has_enough:
        raise ChatError("not_over_them")
    room.membership_set.filter(user=other, muted_by=by).update(muted_at=None, muted_by=None, changed_at=Now())
    # A countdown that ran for the last owner does not run for the next.
    room.owner, room.owner_gone_at = other, None
    room.save(update_fields=["owner", "owner_gone_at"])


def require_removable(room, by, other):
    rights.require_power_over(by, room, other)
    if room.is_default:
        raise ChatError("default_room_stays", name=room.title)


def change(room, other, **changes):
    """Raises `no_such_user` where they have never been."""
    if not room.membership_set.filter(user=other).update(**changes, changed_at=Now()):
        raise ChatError("no_such_user", field="user")


ACTIONS = {
    "mute": mute,
    "unmute": unmute,
    "remove": remove,
    "ban": ban,
    "unban": unban,
    "hand_over": hand_over,
}
