"""Moderation of a public room by its owner or by staff: mute, remove, ban, hand over, slow mode."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models.expressions import Combinable
from django.db.models.functions import Now

from accounts.models import User
from rooms.models import Membership, Room, rights
from rooms.models.staff_log import log_staff_act
from rooms.protocol.errors import ChatError

REMOVAL_TIME = timedelta(minutes=10)
SLOW_MODE_MAX_SECONDS = 3600
BANNED_MEMBERS_LIMIT = 500


def moderate(by: User, room_id: int, action: str, who: int | str, why: str | None = None) -> tuple[Room, User]:
    """Apply one of `ACTIONS` to the user `who` (an id or a name) in a room; return the room and that user.

    Idempotent. `why` as in `log_staff_act`.
    Raises `no_such_room`, `not_your_room`, `no_such_user`, `not_over_them`, `default_room_stays`.
    """
    with transaction.atomic():
        room, by = lock_room(by, room_id)
        rights.require_moderator(by, room)
        other = User.objects.find_active(who)
        if other is None:
            raise ChatError("no_such_user", field="user")
        log_staff_act(by, f"room_{action}", room, other, why)  # before the action: it may change the room's owner
        ACTIONS[action](room, by, other)
    return room, other


def set_slow_mode(by: User, room_id: int, seconds: int) -> Room:
    """Require `seconds` between two messages of one user; 0 turns slow mode off. Raises as `moderate`."""
    with transaction.atomic():
        room, by = lock_room(by, room_id)
        rights.require_moderator(by, room)
        room.slow_seconds = seconds
        room.save(update_fields=["slow_seconds"])
        log_staff_act(by, "room_slow", room)
    return room


def banned_members(by: User, room_id: int) -> list[tuple[User, datetime | None]]:
    """Users removed or banned from a room, each with the time of return (None: banned).

    The first `BANNED_MEMBERS_LIMIT` by name. Raises `no_such_room`, `not_your_room`.
    """
    room = Room.public_to(by, room_id)
    rights.require_moderator(by, room)
    found = room.membership_set.filter(Membership.removed_now(), user__is_active=True).select_related("user")
    return [(one.user, one.may_return_at) for one in found.order_by("user__username_key")[:BANNED_MEMBERS_LIMIT]]


def lock_room(by: User, room_id: int) -> tuple[Room, User]:
    """Lock an open public room's row; return it and `by` reloaded, so that rights are checked as of now."""
    current = User.objects.find_active(by.pk)
    if current is None:
        raise ChatError("not_signed_in")
    visible = Room.open().filter(rights.visible_to(current), kind=Room.Kind.PUBLIC, pk=room_id)
    room = visible.select_related("owner").select_for_update(of=("self",)).first()
    if room is None:
        raise ChatError("no_such_room")
    return room, current


def mute(room: Room, by: User, other: User) -> None:
    rights.require_can_moderate_user(by, room, other)
    update_membership(room, other, muted_at=Now(), muted_by=by)


def unmute(room: Room, by: User, other: User) -> None:
    # An owner who was muted by staff cannot unmute themselves.
    if other.pk == by.pk:
        rights.require_can_moderate_user(by, room, other)
    update_membership(room, other, muted_at=None, muted_by=None)


def remove(room: Room, by: User, other: User) -> None:
    require_removable(room, by, other)
    update_membership(room, other, removed_at=Now(), may_return_at=Now() + REMOVAL_TIME)


def ban(room: Room, by: User, other: User) -> None:
    require_removable(room, by, other)
    Membership.objects.get_or_create(room=room, user=other)
    update_membership(room, other, removed_at=Now(), may_return_at=None)


def unban(room: Room, by: User, other: User) -> None:
    room.membership_set.filter(Membership.removed_now(), user=other).update(may_return_at=Now(), changed_at=Now())


def hand_over(room: Room, by: User, other: User) -> None:
    is_removed = room.membership_set.filter(Membership.removed_now(), user=other).exists()
    # Counted without a lock on the new owner's row: other transactions lock a user before rooms, and this one already
    # holds a room, so a lock here could deadlock.
    has_enough = not (by.is_staff or room.permanent) and rights.has_reached_room_limit(other, Room.temporary())
    if room.is_default or other.is_bot or is_removed or has_enough:
        raise ChatError("not_over_them")
    room.membership_set.filter(user=other, muted_by=by).update(muted_at=None, muted_by=None, changed_at=Now())
    # The countdown to the room's expiry ends with the ownership of the absent owner.
    room.owner, room.owner_gone_at = other, None
    room.save(update_fields=["owner", "owner_gone_at"])


def require_removable(room: Room, by: User, other: User) -> None:
    rights.require_can_moderate_user(by, room, other)
    if room.is_default:
        raise ChatError("default_room_stays", name=room.title)


def update_membership(room: Room, user: User, **changes: Combinable | User | None) -> None:
    """Update a membership's row; raises `no_such_user` if the user has never been a member."""
    if not room.membership_set.filter(user=user).update(**changes, changed_at=Now()):
        raise ChatError("no_such_user", field="user")


ACTIONS: Mapping[str, Callable[[Room, User, User], None]] = {
    "mute": mute,
    "unmute": unmute,
    "remove": remove,
    "ban": ban,
    "unban": unban,
    "hand_over": hand_over,
}
