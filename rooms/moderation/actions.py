"""What those who have the say in a room do about people who disturb it."""

from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Now

from accounts.models import User
from rooms.models import Membership, Room, rights
from rooms.models.staff_log import log_staff_act
from rooms.protocol.errors import ChatError

REMOVED_FOR = timedelta(minutes=10)
SLOWEST_SECONDS = 3600
BANNED_SHOWN = 500


def moderate(by, room_id, action, other, why=None):
    """Apply one of `ACTIONS` to `other` (an id or a name): `(room, other)`. `why` as of `log_staff_act`.

    Raises `no_such_room`, `not_your_room`, `no_such_user`, `not_over_them`, `default_room_stays`.
    """
    with transaction.atomic():
        room, by = lock_room(by, room_id)
        rights.require_moderator(by, room)
        other = User.objects.somebody(other)
        if other is None:
            raise ChatError("no_such_user", field="user")
        log_staff_act(by, f"room_{action}", room, other, why)  # before the action: it may change the owner
        ACTIONS[action](room, by, other)
    return room, other


def set_slow_mode(by, room_id, seconds):
    """Require `seconds` between two messages of one user; 0 turns slow mode off. Raises as `moderate`."""
    with transaction.atomic():
        room, by = lock_room(by, room_id)
        rights.require_moderator(by, room)
        room.slow_seconds = seconds
        room.save(update_fields=["slow_seconds"])
        log_staff_act(by, "room_slow", room)
    return room


def lock_room(by, room_id):
    """Lock an open public room and read `by` again, so that rights are checked against the current rows."""
    by = User.objects.somebody(by.pk)
    if by is None:
        raise ChatError("not_signed_in")
    visible = Room.open().filter(rights.visible_to(by), kind=Room.Kind.PUBLIC, pk=room_id)
    room = visible.select_related("owner").select_for_update(of=("self",)).first()
    if room is None:
        raise ChatError("no_such_room")
    return room, by


def banned_members(room, by):
    """Removed and banned members as `(user, time of return or None)`, `BANNED_SHOWN` of them; `not_your_room`."""
    rights.require_moderator(by, room)
    found = room.membership_set.filter(Membership.removed_now(), user__is_active=True).select_related("user")
    return [(one.user, one.may_return_at) for one in found.order_by("user__username_key")[:BANNED_SHOWN]]


def mute(room, by, other):
    rights.require_can_moderate_user(by, room, other)
    change(room, other, muted_at=Now(), muted_by=by)


def unmute(room, by, other):
    if other.pk == by.pk:
        rights.require_can_moderate_user(by, room, other)
    change(room, other, muted_at=None, muted_by=None)


def remove(room, by, other):
    require_removable(room, by, other)
    change(room, other, removed_at=Now(), may_return_at=Now() + REMOVED_FOR)


def ban(room, by, other):
    require_removable(room, by, other)
    Membership.objects.get_or_create(room=room, user=other)
    change(room, other, removed_at=Now(), may_return_at=None)


def unban(room, by, other):
    room.membership_set.filter(Membership.removed_now(), user=other).update(may_return_at=Now(), changed_at=Now())


def hand_over(room, by, other):
    is_away = room.membership_set.filter(Membership.removed_now(), user=other).exists()
    # Not under the lock of the other one: those who take it go on to rooms, and this room is locked already.
    has_enough = not (by.is_staff or room.permanent) and rights.has_reached_room_limit(other, Room.temporary())
    if room.is_default or other.is_bot or is_away or has_enough:
        raise ChatError("not_over_them")
    room.membership_set.filter(user=other, muted_by=by).update(muted_at=None, muted_by=None, changed_at=Now())
    # A countdown that ran for the last owner does not run for the next.
    room.owner, room.owner_gone_at = other, None
    room.save(update_fields=["owner", "owner_gone_at"])


def require_removable(room, by, other):
    rights.require_can_moderate_user(by, room, other)
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
