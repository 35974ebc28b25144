"""What becomes of a room that somebody made when they go: a countdown, and in the end its closing.

All by the database's clock, and each step a compare-and-set on the room's row: any process may try, one succeeds, and
of an owner's return and a closing at the same moment only one happens.

Time counts only while somebody watches: a process closes no room whose countdown began before it began to watch, and
where all who live began later, the countdown begins anew with the first of them. So no outage, of all servers or of
the database, can use up an owner's time to come back.
"""

from datetime import timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now

from rooms.models import Room

from .models import Process, Socket

SWEPT_ROOMS, SWEPT_MESSAGES = 10, 2000


def start_countdowns(room_ids):
    """Start the countdown of each of these rooms whose owner is offline; the number of rooms."""
    present = Room.temporary().filter(pk__in=room_ids, owner_gone_at=None)
    return present.filter(~owner_is_live()).update(owner_gone_at=Now())


def clear_countdowns(user_ids):
    """End the countdowns of these owners' rooms, in a transaction; the number of rooms."""
    waiting = Room.temporary().filter(owner__in=user_ids, owner_gone_at__isnull=False)
    # Locked in id order, as everywhere, to avoid deadlocks.
    rooms = list(waiting.select_for_update().order_by("pk").values_list("pk", flat=True))
    return Room.objects.filter(pk__in=rooms).update(owner_gone_at=None) if rooms else 0


def restart_unwatched_countdowns():
    """Restart, from the oldest watch, the countdowns that no living process has watched from their beginning."""
    since = Process.watched_since()
    return Room.temporary().filter(owner_gone_at__lt=since).update(owner_gone_at=since) if since else 0


def close_expired(room_id, process_id):
    """Close the room if its countdown has run out; true for the one process that did it (compare-and-set)."""
    watched = Process.living().filter(pk=process_id, watching_since__lte=OuterRef("owner_gone_at"))
    over = Room.temporary().filter(Q(owner_gone_at__lte=Now() - grace()), Exists(watched), ~owner_is_live())
    return bool(over.filter(pk=room_id).update(closed_at=Now()))


def delete_expired_rooms():
    """Delete a batch of the messages of rooms closed longer than their retention; whether there are more."""
    over = Room.objects.filter(closed_at__lt=Now() - timedelta(days=settings.ROOM_RETENTION_DAYS))
    rooms = list(over.order_by("closed_at")[:SWEPT_ROOMS])
    for room in rooms:
        # A long log deleted at once would block other writers, and time out.
        oldest = list(room.message_set.order_by("seq").values_list("pk", flat=True)[:SWEPT_MESSAGES])
        room.message_set.filter(pk__in=oldest).delete()
        if len(oldest) < SWEPT_MESSAGES:
            room.delete()
    return bool(rooms)


def grace():
    """How long an owner may be gone."""
    return timedelta(seconds=settings.ROOM_GRACE_SECONDS)


def owner_is_live():
    return Exists(Socket.live().filter(user=OuterRef("owner")))
