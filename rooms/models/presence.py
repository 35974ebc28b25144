"""Who is where: leases, because "disconnected" may never be heard."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

LEASE_SECONDS = 15
RENEWAL_SECONDS = 5


class Process(models.Model):
    """A server process. Its sockets count until `expires_at`; it renews that while it lives."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=100)
    expires_at = models.DateTimeField(db_default=Now())

    def __str__(self):
        return self.name

    @classmethod
    def renew(cls, process_id, name):
        """Hold (or take again) the lease for `LEASE_SECONDS` from now, by the database's clock."""
        until = Now() + timedelta(seconds=LEASE_SECONDS)
        if not cls.objects.filter(pk=process_id).update(expires_at=until):
            cls.objects.create(pk=process_id, name=name)
            cls.objects.filter(pk=process_id).update(expires_at=until)

    @classmethod
    def sweep(cls):
        """Forget processes that ended longer ago than any grace time."""
        cls.objects.filter(expires_at__lt=Now() - timedelta(minutes=10)).delete()


class Socket(models.Model):
    """One connected client and the room it stands in. A lost one (`lost_at`) stays for the grace time."""

    process = models.ForeignKey(Process, models.CASCADE)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    room = models.ForeignKey("rooms.Room", models.CASCADE)
    lost_at = models.DateTimeField(null=True)

    def __str__(self):
        return f"{self.user_id} in {self.room_id} on {self.process_id}"

    @classmethod
    def live(cls):
        return cls.objects.filter(lost_at=None, process__expires_at__gt=Now())

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
    def come(cls, process_id, user, room):
        """A row for a client of that process; its id."""
        return cls.objects.create(process_id=process_id, user=user, room=room).pk

    @classmethod
    def lose(cls, socket_id):
        """The connection is gone without a word: it may come back within the grace time."""
        cls.objects.filter(pk=socket_id).update(lost_at=Now())

    @classmethod
    def forget(cls, socket_id):
        """The client said goodbye."""
        cls.objects.filter(pk=socket_id).delete()

    @classmethod
    def sweep(cls):
        cls.objects.filter(lost_at__lt=Now() - timedelta(minutes=10)).delete()
