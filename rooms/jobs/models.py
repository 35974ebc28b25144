"""Leases of singleton jobs."""

from datetime import timedelta
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

LEASE_SECONDS = 15


class SingletonJob(models.Model):
    """A job that one server process does for all: a lease by the database's clock.

    When the holder dies the lease expires, and another process acquires it.
    """

    name = models.CharField(max_length=30, primary_key=True)
    holder = models.UUIDField(null=True)
    expires_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "rooms_duty"

    def __str__(self) -> str:
        return self.name

    @classmethod
    def acquire(cls, name: str, holder: UUID) -> bool:
        """Acquire the lease, or renew it, for `LEASE_SECONDS`; whether that succeeded: of many, exactly one does."""
        cls.objects.get_or_create(name=name)
        free = Q(holder=holder) | Q(holder=None) | Q(expires_at__lt=Now())
        until = Now() + timedelta(seconds=LEASE_SECONDS)
        return bool(cls.objects.filter(free, name=name).update(holder=holder, expires_at=until))

    @classmethod
    def release(cls, holder: UUID) -> None:
        """Release all leases of a holder."""
        cls.objects.filter(holder=holder).update(holder=None)
