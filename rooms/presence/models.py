"""Server processes and the clients connected to them: leases, because a disconnect may never be noticed."""

import uuid
from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models, transaction
from django.db.models import Count, Min, Q
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now

from accounts.models import User
from common.db.batched_delete import delete_batch

# A dead process stops counting within 15 s: the rest of its lease, and the next refresh of the lobby.
LEASE_SECONDS = 11
RENEWAL_SECONDS = 3
FORGOTTEN_AFTER = timedelta(minutes=10)  # longer than any grace time of a reconnection


class Process(models.Model):
    """A server process. Its sockets count until `expires_at`, which it renews while it lives.

    `watching_since`: since when it has watched the rooms without a break (`rooms.presence.temporary_rooms`).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=100)
    expires_at = models.DateTimeField(db_default=Now())
    watching_since = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.name

    @classmethod
    def begin(cls, process_id: uuid.UUID, name: str) -> None:
        """Take a lease for `LEASE_SECONDS` from now, by the database's clock."""
        cls.objects.create(pk=process_id, name=name, expires_at=lease_end())

    @classmethod
    def renew(cls, process_id: uuid.UUID, watch_anew: bool = False) -> bool:
        """Renew the lease; false if it has run out, for an expired lease is never renewed."""
        changes = {"expires_at": lease_end()} | ({"watching_since": Now()} if watch_anew else {})
        return bool(cls.living().filter(pk=process_id).update(**changes))

    @classmethod
    def end(cls, process_id: uuid.UUID) -> None:
        """Give up the lease. The row stays: its clients may be about to reconnect to another process."""
        cls.living().filter(pk=process_id).update(expires_at=Now())

    @classmethod
    def living(cls) -> models.QuerySet["Process"]:
        """The processes whose lease is held."""
        return cls.objects.filter(expires_at__gt=Now())

    @classmethod
    def watched_since(cls) -> datetime | None:
        """Since when some living process has watched without a break; None if no process lives."""
        since: datetime | None = cls.living().aggregate(since=Min("watching_since"))["since"]
        return since

    @classmethod
    def delete_expired(cls) -> bool:
        """Delete one batch of processes that ended longer ago than any grace period; whether there are more."""
        return delete_batch(cls.objects.filter(expires_at__lt=Now() - FORGOTTEN_AFTER))


def lease_end() -> CombinedExpression:
    """When a lease that is taken or renewed now ends."""
    return Now() + timedelta(seconds=LEASE_SECONDS)


class Socket(models.Model):
    """One connected client and the room it is in. A lost connection (`lost_at`) stays for the grace period.

    The process chooses the id, so that it can find a row whose write had timed out.
    """

    process = models.ForeignKey(Process, models.CASCADE)
    # Without a constraint: checking it would lock the room's row, and block writers of its log.
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, db_constraint=False)
    room = models.ForeignKey("rooms.Room", models.CASCADE, db_constraint=False)
    lost_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.user_id} in {self.room_id} on {self.process_id}"

    @classmethod
    def live(cls) -> models.QuerySet["Socket"]:
        """The sockets that are connected now."""
        return cls.objects.filter(lost_at=None, process__expires_at__gt=Now())

    @classmethod
    def people(cls) -> int:
        """The number of connected users, each with any number of clients."""
        people: int = cls.live().aggregate(people=Count("user", distinct=True))["people"]
        return people

    @classmethod
    def around(cls) -> models.QuerySet["Socket"]:
        """The live sockets, and those lost so recently that their clients may be reconnecting."""
        since = Now() - timedelta(seconds=settings.CHAT_RECONNECT_GRACE_SECONDS)
        lost_lately = Q(lost_at__gt=since, process__expires_at__gt=since)
        process_died_lately = Q(lost_at=None, process__expires_at__gt=since)
        return cls.objects.filter(lost_lately | process_died_lately)

    @classmethod
    def places(cls) -> list[tuple[int, int, str, bool]]:
        """Rows `(room_id, user_id, username, live)` of all sockets around."""
        live = models.Case(
            models.When(lost_at=None, process__expires_at__gt=Now(), then=True),
            default=False,
            output_field=models.BooleanField(),
        )
        return list(cls.around().values_list("room_id", "user_id", "user__username", live))

    @classmethod
    def of_process(cls, process_id: uuid.UUID) -> set[int]:
        """Ids of the rows that count as live under a process's lease."""
        return set(cls.objects.filter(process=process_id, lost_at=None).values_list("pk", flat=True))

    @classmethod
    def lose(cls, socket_ids: Collection[int]) -> None:
        """Mark sockets as lost: their clients may reconnect within the grace period."""
        with transaction.atomic():
            cls._note_leave(socket_ids)
            cls.objects.filter(pk__in=socket_ids).update(lost_at=Now())

    @classmethod
    def forget(cls, socket_ids: Collection[int]) -> None:
        """Delete the sockets of clients that disconnected for good."""
        with transaction.atomic():
            cls._note_leave(socket_ids)
            cls.objects.filter(pk__in=socket_ids).delete()

    @classmethod
    def _note_leave(cls, socket_ids: Collection[int]) -> None:
        gone = cls.objects.filter(pk__in=socket_ids).values("user")
        User.objects.filter(pk__in=gone).update(last_seen_at=Now())

    @classmethod
    def delete_expired(cls) -> bool:
        """Delete one batch of sockets lost long ago, alone or with their process; whether there are more."""
        long_ago = Now() - FORGOTTEN_AFTER
        return delete_batch(cls.objects.filter(Q(lost_at__lt=long_ago) | Q(process__expires_at__lt=long_ago)))
