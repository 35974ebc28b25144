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

from .models import Process, Socket

SWEPT_ROOMS, SWEPT_MESSAGES = 10, 2000


class Temporary:
    """What a `Room` does while its owner is away (`owner_gone_at`: since when)."""

    @classmethod
    def temporary(cls):
        """The open rooms that close without their owner."""
        return cls.open().filter(kind=cls.Kind.PUBLIC, permanent=False, is_default=False)

    @classmethod
    def miss_owners(cls, room_ids):
        """Begin the countdown of those of the rooms whose owner is not live; how many they are."""
        present = cls.temporary().filter(pk__in=room_ids, owner_gone_at=None)
        return present.filter(~owner_is_live()).update(owner_gone_at=Now())

    @classmethod
    def welcome_owners(cls, user_ids):
        """End the countdowns of these people's rooms, for they are back; in a transaction. How many they were."""
        waiting = cls.temporary().filter(owner__in=user_ids, owner_gone_at__isnull=False)
        # Locked in id order, as everybody locks rooms: two who want several never wait for each other.
        rooms = list(waiting.select_for_update().order_by("pk").values_list("pk", flat=True))
        return cls.objects.filter(pk__in=rooms).update(owner_gone_at=None) if rooms else 0

    @classmethod
    def count_anew(cls):
        """Let the countdowns which nobody living has watched from their beginning begin with the watch."""
        since = Process.watched_since()
        return cls.temporary().filter(owner_gone_at__lt=since).update(owner_gone_at=since) if since else 0

    @classmethod
    def close_forsaken(cls, room_id, process_id):
        """Close the room if its owner was gone for the whole grace time; true for the one process which did it."""
        watched = Process.living().filter(pk=process_id, watching_since__lte=OuterRef("owner_gone_at"))
        over = cls.temporary().filter(Q(owner_gone_at__lte=Now() - grace()), Exists(watched), ~owner_is_live())
        return bool(over.filter(pk=room_id).update(closed_at=Now()))

    @classmethod
    def sweep(cls):
        """Delete some of what was said in rooms that closed longer ago than they are kept; whether there is more."""
        over = cls.objects.filter(closed_at__lt=Now() - timedelta(days=settings.ROOM_RETENTION_DAYS))
        rooms = list(over.order_by("closed_at")[:SWEPT_ROOMS])
        for room in rooms:
            # A long log deleted at once would hold up others, and run out of time.
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
