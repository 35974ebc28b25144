"""Temporary rooms: a countdown while the owner is away, and the closing at its end.

Everything goes by the database's clock, and each step is a compare-and-set on the room's row: any process may try, one
succeeds, and of an owner's return and a closing at the same moment only one happens.

Time counts only while a process watches: a process closes no room whose countdown began before it began to watch, and
where all living processes began later, the countdown begins anew with the first of them. So no outage, of all servers
or of the database, can use up an owner's time to come back.
"""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now

from rooms.models import Room

from .models import Process, Socket

DELETED_ROOMS, DELETED_MESSAGES = 10, 2000  # in one batch


def start_countdowns(room_ids: Iterable[int]) -> int:
    """Start the countdown of those of the rooms whose owner is not live; returns how many they are."""
    waiting = Room.temporary().filter(pk__in=room_ids, owner_gone_at=None)
    return waiting.filter(~owner_is_live()).update(owner_gone_at=Now())


def clear_countdowns(user_ids: Iterable[int]) -> int:
    """End the countdowns of these users' rooms, for they are back; in a transaction. Returns how many they were."""
    waiting = Room.temporary().filter(owner__in=user_ids, owner_gone_at__isnull=False)
    # Locked in id order, as all rooms are locked: two transactions that want several never deadlock.
    rooms = list(waiting.select_for_update().order_by("pk").values_list("pk", flat=True))
    return Room.objects.filter(pk__in=rooms).update(owner_gone_at=None) if rooms else 0


def restart_unwatched_countdowns() -> int:
    """Restart countdowns that began before any living process was watching; return how many."""
    since = Process.watched_since()
    return Room.temporary().filter(owner_gone_at__lt=since).update(owner_gone_at=since) if since else 0


def close_expired(room_id: int, process_id: UUID) -> bool:
    """Close the room if its owner was gone for the whole grace period; true for the one process that did it."""
    watched = Process.living().filter(pk=process_id, watching_since__lte=OuterRef("owner_gone_at"))
    expired = Room.temporary().filter(Q(owner_gone_at__lte=Now() - grace_period()), Exists(watched), ~owner_is_live())
    return bool(expired.filter(pk=room_id).update(closed_at=Now()))


def delete_expired_rooms() -> bool:
    """Delete one batch of messages of rooms closed longer ago than `ROOM_RETENTION_DAYS`; whether there is more."""
    expired = Room.objects.filter(closed_at__lt=Now() - timedelta(days=settings.ROOM_RETENTION_DAYS))
    rooms = list(expired.order_by("closed_at")[:DELETED_ROOMS])
    for room in rooms:
        # A long log deleted at once would hold locks for long, and run into the statement timeout.
        oldest = list(room.message_set.order_by("seq").values_list("pk", flat=True)[:DELETED_MESSAGES])
        room.message_set.filter(pk__in=oldest).delete()
        if len(oldest) < DELETED_MESSAGES:
            room.delete()
    return bool(rooms)


def grace_period() -> timedelta:
    """How long an owner may be gone before the room closes."""
    return timedelta(seconds=settings.ROOM_GRACE_SECONDS)


def owner_is_live() -> Exists:
    """A condition on rooms: the owner has a live client, on any server."""
    return Exists(Socket.live().filter(user=OuterRef("owner")))
