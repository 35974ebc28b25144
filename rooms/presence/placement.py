"""Placing clients in rooms: a batch of arrivals and moves, written together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from accounts.models import User
from rooms.models import Membership, Room
from rooms.protocol.errors import ChatError

from .models import Socket
from .temporary_rooms import clear_countdowns


@dataclass(frozen=True, slots=True)
class Placement:
    """A client arrives in a room (`is_new`) or moves there; `is_member`: its user is known to be a member already."""

    process_id: UUID
    socket_id: int
    user_id: int
    room_id: int
    is_new: bool
    is_member: bool


@dataclass(frozen=True, slots=True)
class Placed:
    """The result: whether the room came back to the user's list by it, and how far they have read there.

    Where the user is known as a member nothing changed, and `read_seq` is None.
    """

    was_hidden: bool = False
    read_seq: int | None = None


def place(placements: Sequence[Placement]) -> list[Placed | ChatError]:
    """Write where clients are; one result for each placement, in order.

    The result is a `ChatError` (`no_such_room`) where the room is closed or the user was removed from it: the client
    stays where it was, or has to go elsewhere.
    """
    admitted = _admit([placement for placement in placements if not placement.is_member])
    new = [placement for placement in placements if placement.is_new]
    with transaction.atomic():
        _insert_sockets(new)
        clear_countdowns({placement.user_id for placement in new})
        # After the owners: a temporary room may just have been closed before its owner's countdown could be cleared.
        room_ids = {placement.room_id for placement in placements}
        open_rooms = set(Room.open().filter(pk__in=room_ids).values_list("pk", flat=True))
        results = [_result(placement, admitted, open_rooms) for placement in placements]
        _move_sockets(
            placement
            for placement, result in zip(placements, results, strict=True)
            if isinstance(result, Placed) and not placement.is_new
        )
    return results


def _result(
    placement: Placement, admitted: dict[tuple[int, int], Placed | None], open_rooms: set[int]
) -> Placed | ChatError:
    if placement.room_id not in open_rooms:
        return ChatError("no_such_room")
    return admitted.get((placement.room_id, placement.user_id), Placed()) or ChatError("no_such_room")


def _admit(placements: Sequence[Placement]) -> dict[tuple[int, int], Placed | None]:
    """Make the users members of public rooms, and list hidden rooms again: `{(room id, user id): Placed}`.

    None for users who were removed and may not come back yet.
    """
    pairs = sorted({(placement.room_id, placement.user_id) for placement in placements})
    if not pairs:
        return {}
    heads = dict(Room.objects.filter(pk__in={room_id for room_id, _user_id in pairs}).values_list("pk", "last_seq"))
    # Messages from before the arrival count as read.
    members = [Membership(room_id=room, user_id=user, read_seq=heads[room]) for room, user in pairs if room in heads]
    Membership.objects.bulk_create(members, ignore_conflicts=True)
    theirs = Q(*(Q(room=room_id, user=user_id) for room_id, user_id in pairs), _connector=Q.OR)
    found = list(Membership.objects.filter(theirs))
    for former in [membership for membership in found if membership.removed_at]:
        if former.readmit(heads[former.room_id]):
            former.hidden_at, former.removed_at, former.read_seq = former.removed_at, None, heads[former.room_id]
    if hidden := [membership.pk for membership in found if membership.hidden_at and not membership.removed_at]:
        Membership.objects.filter(pk__in=hidden).update(hidden_at=None, changed_at=Now())
    return {(membership.room_id, membership.user_id): _placed(membership) for membership in found}


def _placed(membership: Membership) -> Placed | None:
    return None if membership.removed_at else Placed(membership.hidden_at is not None, membership.read_seq)


def _insert_sockets(placements: Sequence[Placement]) -> None:
    User.objects.filter(pk__in={placement.user_id for placement in placements}).update(last_seen_at=Now())
    Socket.objects.bulk_create(
        Socket(pk=one.socket_id, process_id=one.process_id, user_id=one.user_id, room_id=one.room_id)
        for one in placements
    )


def _move_sockets(placements: Iterable[Placement]) -> None:
    for placement in placements:
        Socket.objects.filter(pk=placement.socket_id).update(room=placement.room_id)
