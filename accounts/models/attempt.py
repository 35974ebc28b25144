"""Rate limiting shared by all server processes: attempts are rows, counted over a sliding window."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from django.db import models
from django.utils import timezone

from accounts.digest import digest_of
from common.db.batched_delete import delete_batch
from common.errors import ExpectedError

WINDOW = timedelta(minutes=15)


class Attempt(models.Model):
    """One attempt at a rate-limited action. `key` is a digest, so that rows disclose neither names nor addresses."""

    key = models.CharField(max_length=64)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["key", "at"], name="attempts_of_late")]

    def __str__(self) -> str:
        return self.key

    @classmethod
    def acquire(cls, limits: Mapping[str, int]) -> list["Attempt"]:
        """Record one attempt under each key of `{key: limit}`; the rows, for `undo`.

        Raises `slow_down`, and records nothing, if a key has reached its limit within `WINDOW`.
        """
        cls.check_limits(limits)
        recorded = cls.record(limits)
        try:
            # Checked again after the write: of concurrent attempts in any number of processes none exceeds the limit.
            cls.check_limits({key: limit + 1 for key, limit in limits.items()})
        except ExpectedError:
            cls.undo(recorded)
            raise
        return recorded

    @classmethod
    def check_limits(cls, limits: Mapping[str, int]) -> None:
        """Raise `slow_down` if a key of `{key: limit}` has reached its limit within `WINDOW`."""
        since = timezone.now() - WINDOW
        for key, limit in limits.items():
            recent = cls.objects.filter(key=digest_of(key), at__gt=since).order_by("-at")
            times = recent.values_list("at", flat=True)[:limit]
            if len(times) >= limit:
                raise ExpectedError("slow_down", retry_after=(times[len(times) - 1] - since).total_seconds())

    @classmethod
    def record(cls, keys: Iterable[str]) -> list["Attempt"]:
        """Record one attempt under each key without a check; the rows, for `undo`."""
        return Attempt.objects.bulk_create([Attempt(key=digest_of(key)) for key in keys])

    @classmethod
    def undo(cls, recorded: Iterable["Attempt"]) -> None:
        """Delete these attempts."""
        cls.objects.filter(pk__in=[attempt.pk for attempt in recorded]).delete()

    @classmethod
    def reset(cls, keys: Iterable[str]) -> None:
        """Delete all attempts recorded under these keys."""
        cls.objects.filter(key__in=[digest_of(key) for key in keys]).delete()

    @classmethod
    def delete_expired(cls) -> bool:
        """Delete one batch of attempts outside `WINDOW`; whether more remain."""
        more: bool = delete_batch(cls.objects.filter(at__lt=timezone.now() - WINDOW))
        return more
