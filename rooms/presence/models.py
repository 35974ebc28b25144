"""Who is where: leases, because "disconnected" may never be heard."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models, transaction
from django.db.models import Count, Min, Q
from django.db.models.functions import Now

from accounts.models import User
from common.db.batched_delete import delete_batch

# Whoever dies has stopped counting, and been looked for, within 15 s: the lease, and a look (`rooms.presence.lobby`).
LEASE_SECONDS = 11
RENEWAL_SECONDS = 3
FORGOTTEN_AFTER = timedelta(minutes=10)  # longer than any grace time of a reconnection


class Process(models.Model):
    """A server process. Its sockets count until `expires_at`; it renews that while it lives.

    `watching_since`: since then it has looked after the rooms without a break (see `rooms.presence.temporary_rooms`).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=100)
    expires_at = models.DateTimeField(db_default=Now())
    watching_since = models.DateTimeField(db_default=Now())

    def __str__(self):
        return self.name

    @classmethod
    def begin(cls, process_id, name):
        """Take a lease for `LEASE_SECONDS` from now, by the database's clock."""
        cls.objects.create(pk=process_id, name=name, expires_at=lease_end())

    @classmethod
    def renew(cls, process_id, watch_anew=False):
        """Hold the lease on; false if it has run out, for what has run out is never taken up again."""
        changes = {"expires_at": lease_end()} | ({"watching_since": Now()} if watch_anew else {})
        return bool(cls.living().filter(pk=process_id).update(**changes))

    @classmethod
    def end(cls, process_id):
        """Give up the lease. Its row stays: who was connected may be about to come back, by another process."""
        cls.living().filter(pk=process_id).update(expires_at=Now())

    @classmethod
    def living(cls):
        return cls.objects.filter(expires_at__gt=Now())

    @classmethod
    def watched_since(cls):
        """Since when some living process has watched without a break; None if none lives."""
        return cls.living().aggregate(since=Min("watching_since"))["since"]

    @classmethod
    def sweep(cls):
        """Forget some of the processes that ended longer ago than any grace time; whether there are more."""
        return delete_batch(cls.objects.filter(expires_at__lt=Now() - FORGOTTEN_AFTER))


def lease_end():
    return Now() + timedelta(seconds=LEASE_SECONDS)


class Socket(models.Model):
    """One connected client and the room it stands in. A lost one (`lost_at`) stays for the grace time.

    Its process chooses the id, so it can find a row again whose writing it had given up.
    """

    process = models.ForeignKey(Process, models.CASCADE)
    # Without the database's own check, which would lock the room's row against those who are writing to its log.
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, db_constraint=False)
    room = models.ForeignKey("rooms.Room", models.CASCADE, db_constraint=False)
    lost_at = models.DateTimeField(null=True)

    def __str__(self):
        return f"{self.user_id} in {self.room_id} on {self.process_id}"

    @classmethod
    def live(cls):
        return cls.objects.filter(lost_at=None, process__expires_at__gt=Now())

    @classmethod
    def people(cls):
        """How many people are connected, each with however many clients."""
        return cls.live().aggregate(people=Count("user", distinct=True))["people"]

    @classmethod
    def around(cls):
        """Those live, and those lost so lately that they may be reconnecting."""
        since = Now() - timedelta(seconds=settings.CHAT_RECONNECT_GRACE_SECONDS)
        lost_lately = Q(lost_at__gt=since, process__expires_at__gt=since)
        process_died_lately = Q(lost_at=None, process__expires_at__gt=since)
        return cls.objects.filter(lost_lately | process_died_lately)

    @classmethod
    def places(cls):
        """Everybody around, as rows `(room_id, user_id, username, live)`."""
        live = models.Case(
            models.When(lost_at=None, process__expires_at__gt=Now(), then=True),
            default=False,
            output_field=models.BooleanField(),
        )
        return list(cls.around().values_list("room_id", "user_id", "user__username", live))

    @classmethod
    def of_process(cls, process_id):
        """Ids of the rows that count as live under a process's lease."""
        return set(cls.objects.filter(process=process_id, lost_at=None).values_list("pk", flat=True))

    @classmethod
    def lose(cls, socket_ids):
        """These connections are gone without a word: they may come back within the grace time."""
        with transaction.atomic():
            cls._note_leave(socket_ids)
            cls.objects.filter(pk__in=socket_ids).update(lost_at=Now())

    @classmethod
    def forget(cls, socket_ids):
        """These clients said goodbye."""
        with transaction.atomic():
            cls._note_leave(socket_ids)
            cls.objects.filter(pk__in=socket_ids).delete()

    @classmethod
    def _note_leave(cls, socket_ids):
        gone = cls.objects.filter(pk__in=socket_ids).values("user")
        User.objects.filter(pk__in=gone).update(last_seen_at=Now())

    @classmethod
    def sweep(cls):
        """Forget some of those long gone, also with their process; whether there are more."""
        long_ago = Now() - FORGOTTEN_AFTER
        return delete_batch(cls.objects.filter(Q(lost_at__lt=long_ago) | Q(process__expires_at__lt=long_ago)))
