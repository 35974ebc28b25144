"""What was tried lately, for all server processes to count."""

import hashlib
from datetime import timedelta

from django.db import models
from django.utils import timezone

from common.db.batched_delete import delete_batch
from common.errors import ExpectedError

WINDOW = timedelta(minutes=15)


class Attempt(models.Model):
    """Somebody tried something that may be tried only so often; `key` hashes who and what, and tells neither."""

    key = models.CharField(max_length=64)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["key", "at"], name="attempts_of_late")]

    def __str__(self):
        return self.key

    @classmethod
    def take(cls, limits):
        """Count one try of each of `{what: most}`, and return what was counted, for `take_back`.

        Raises `slow_down`, and counts nothing, if one was tried that often within `WINDOW`. Looks again after it has
        counted: of many tries at one moment, however many processes they come to, no more get through than may.
        """
        cls.allow(limits)
        noted = cls.note(limits)
        try:
            cls.allow({what: most + 1 for what, most in limits.items()})
        except ExpectedError:
            cls.take_back(noted)
            raise
        return noted

    @classmethod
    def allow(cls, limits):
        """Raise `slow_down` if one of `{what: most}` was tried that often within `WINDOW`."""
        since = timezone.now() - WINDOW
        for what, most in limits.items():
            times = (
                cls.objects.filter(key=key_of(what), at__gt=since).order_by("-at").values_list("at", flat=True)[:most]
            )
            if len(times) >= most:
                raise ExpectedError("slow_down", retry_after=(times[len(times) - 1] - since).total_seconds())

    @classmethod
    def note(cls, whats):
        """Count one try of each, and return what was counted, for `take_back`."""
        return Attempt.objects.bulk_create([Attempt(key=key_of(what)) for what in whats])

    @classmethod
    def take_back(cls, noted):
        cls.objects.filter(pk__in=[attempt.pk for attempt in noted]).delete()

    @classmethod
    def sweep(cls):
        """Forget some of those that count no more; whether there are others."""
        return delete_batch(cls.objects.filter(at__lt=timezone.now() - WINDOW))

    @classmethod
    def forget(cls, whats):
        cls.objects.filter(key__in=[key_of(what) for what in whats]).delete()


def key_of(what):
    return hashlib.sha256(what.encode(errors="replace")).hexdigest()
