"""The server event of /lab/: one every `INTERVAL_SECONDS`, by whichever server process is first."""

from datetime import timedelta

from django.db import models
from django.db.models import F
from django.db.models.functions import Now

INTERVAL_SECONDS = 10


class ServerEvent(models.Model):
    """The latest server event, in a single row shared by all processes; timed by the database's clock."""

    number = models.PositiveBigIntegerField(default=0)
    at = models.DateTimeField(db_default=Now())
    server = models.CharField(max_length=100, default="")

    class Meta:
        db_table = "rooms_pulse"

    def __str__(self) -> str:
        return f"#{self.number}"

    @classmethod
    def advance(cls, server: str) -> "ServerEvent":
        """Make the next event, by the named server, if one is due; return the latest. A compare-and-set."""
        row, _made = cls.objects.get_or_create(pk=1)
        due = cls.objects.filter(pk=1, at__lte=Now() - timedelta(seconds=INTERVAL_SECONDS))
        if due.update(number=F("number") + 1, at=Now(), server=server):
            row.refresh_from_db()
        return row

    @classmethod
    def probe_write(cls) -> None:
        """Write without a change: a health check of the database's write path."""
        if not cls.objects.update(server=F("server")):
            cls.objects.get_or_create(pk=1)
