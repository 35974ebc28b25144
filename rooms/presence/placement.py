"""Clients that stand somewhere: what many of them do at a moment, written together."""

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from accounts.models import User
from rooms.models.membership import Membership
from rooms.models.room import Room
from rooms.protocol.errors import ChatError

from .models import Socket
from .temporary_rooms import clear_countdowns


@dataclass(frozen=True, slots=True)
class Standing:
    """A client arrives in a room (`is_new`), or moves there; `is_member`: it is known to belong there already."""

    process_id: UUID
    socket_id: int
    user_id: int
    room_id: int
    is_new: bool
    is_member: bool


@dataclass(frozen=True, slots=True)
class Stood:
    """What became of it: whether the room came back to the user's list by it, and how far they have read there.

    For those known as members nothing changed, and `read_seq` is None.
    """

    was_hidden: bool = False
    read_seq: int | None = None


def stand(standings):
    """Write where clients stand; for each, in order, a `Stood`.

    In place of that a `ChatError` (`no_such_room`) for those whose room is closed, or who were removed from it: they
    stay where they were, or must go elsewhere.
    """
    admitted = admit([standing for standing in standings if not standing.is_member])
    with transaction.atomic():
        arrive([standing for standing in standings if standing.is_new])
        clear_countdowns({standing.user_id for standing in standings if standing.is_new})
        # After the owners: their rooms may just have been closed before they could be welcomed.
        open_rooms = set(Room.open().filter(pk__in={s.room_id for s in standings}).values_list("pk", flat=True))
        stood = [outcome(standing, admitted, open_rooms) for standing in standings]
        move([s for s, found in zip(standings, stood, strict=True) if isinstance(found, Stood) and not s.is_new])
    return stood


def outcome(standing, admitted, open_rooms):
    stood = admitted.get((standing.room_id, standing.user_id), Stood()) if standing.room_id in open_rooms else None
    return stood or ChatError("no_such_room")


def admit(standings):
    """Make them members of public rooms; what was hidden is shown again: `{(room id, user id): Stood}`.

    None for those who were removed, and may not come back yet.
    """
    pairs = sorted({(standing.room_id, standing.user_id) for standing in standings})
    if not pairs:
        return {}
    heads = dict(Room.objects.filter(pk__in={room_id for room_id, _user_id in pairs}).values_list("pk", "last_seq"))
    # What was said before somebody came counts as read by them.
    members = [Membership(room_id=room, user_id=user, read_seq=heads[room]) for room, user in pairs if room in heads]
    Membership.objects.bulk_create(members, ignore_conflicts=True)
    theirs = Q(*(Q(room=room_id, user=user_id) for room_id, user_id in pairs), _connector=Q.OR)
    found = list(Membership.objects.filter(theirs))
    for former in [membership for membership in found if membership.removed_at]:
        if former.readmit(heads[former.room_id]):
            former.hidden_at, former.removed_at, former.read_seq = former.removed_at, None, heads[former.room_id]
    if hidden := [membership.pk for membership in found if membership.hidden_at and not membership.removed_at]:
        Membership.objects.filter(pk__in=hidden).update(hidden_at=None, changed_at=Now())
    return {(one.room_id, one.user_id): stood_as(one) for one in found}


def stood_as(membership):
    return None if membership.removed_at else Stood(membership.hidden_at is not None, membership.read_seq)


def arrive(standings):
    User.objects.filter(pk__in={standing.user_id for standing in standings}).update(last_seen_at=Now())
    Socket.objects.bulk_create(
        Socket(pk=s.socket_id, process_id=s.process_id, user_id=s.user_id, room_id=s.room_id) for s in standings
    )


def move(standings):
    for standing in standings:
        Socket.objects.filter(pk=standing.socket_id).update(room=standing.room_id)
