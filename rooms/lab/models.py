"""The server's own event, for the lab: one every so many seconds, however many processes there are."""

from datetime import timedelta

from django.db import models
from django.db.models import F
from django.db.models.functions import Now

from rooms.models.message import isoformat_ms

EVERY_SECONDS = 10


class Pulse(models.Model):
    """A single row. Whichever process finds it due first beats it, by the database's clock; the others see that."""

    number = models.PositiveBigIntegerField(default=0)
    at = models.DateTimeField(db_default=Now())
    server = models.CharField(max_length=100, default="")

    def __str__(self):
        return f"#{self.number}"

    @classmethod
    def beat(cls, server):
        """Beat as the server of that name if it is time, and answer what stands there then."""
        row, _made = cls.objects.get_or_create(pk=1)
        due = cls.objects.filter(pk=1, at__lte=Now() - timedelta(seconds=EVERY_SECONDS))
        if due.update(number=F("number") + 1, at=Now(), server=server):
            row.refresh_from_db()
        return row

    @classmethod
    def touch(cls):
        """Write to the database and change nothing, to see whether it takes it."""
        if not cls.objects.update(server=F("server")):
            cls.objects.get_or_create(pk=1)

    def to_dict(self):
        return {"number": self.number, "at": isoformat_ms(self.at), "server": self.server}
