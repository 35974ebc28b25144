"""What exactly one server process does for all."""

from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

TERM_SECONDS = 15


class Duty(models.Model):
    """A lease by the database's clock: whoever holds it does the work; when its holder dies it comes free by itself."""

    name = models.CharField(max_length=30, primary_key=True)
    holder = models.UUIDField(null=True)
    expires_at = models.DateTimeField(db_default=Now())

    def __str__(self):
        return self.name

    @classmethod
    def take(cls, name, holder):
        """Hold the duty (or go on holding it) for `TERM_SECONDS`; whether that succeeded: of many, exactly one does."""
        cls.objects.get_or_create(name=name)
        free = Q(holder=holder) | Q(holder=None) | Q(expires_at__lt=Now())
        until = Now() + timedelta(seconds=TERM_SECONDS)
        return bool(cls.objects.filter(free, name=name).update(holder=holder, expires_at=until))

    @classmethod
    def leave(cls, holder):
        """Whatever its holder held is free."""
        cls.objects.filter(holder=holder).update(holder=None)
