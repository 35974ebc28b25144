"""How fast somebody may go."""

import math
import threading
import time

from django.conf import settings
from ninja.throttling import BaseThrottle

from common.http.client_address import address_of

MOST_BUCKETS = 10_000


class Bucket:
    """A token bucket: `rate` tokens a second, at most `burst` saved up; a rate of 0 means no limit."""

    def __init__(self, rate, burst):
        self._rate = rate
        self._burst = burst
        self._tokens = float(burst)
        self._at = time.monotonic()

    @property
    def is_full(self):
        """Whether it is as good as new."""
        self._fill()
        return not self._rate or self._tokens >= self._burst

    def wait_seconds(self, tokens=1):
        """How long until there are so many tokens, when there are not."""
        return math.ceil((tokens - self._tokens) / self._rate * 100) / 100

    def _fill(self):
        now = time.monotonic()
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now

    def has_one(self):
        """Take a token if there is one."""
        return self.has(1)

    def has(self, tokens):
        """Take so many tokens if there are as many."""
        if not self._rate:
            return True
        self._fill()
        if self._tokens < tokens:
            return False
        self._tokens -= tokens
        return True


class Pace(BaseThrottle):
    """Each process bears so many requests a second of one person, or of one address where nobody signed in."""

    def __init__(self):
        self._buckets = {}
        self._refused = threading.local()  # a call is checked and refused in one thread

    def allow_request(self, request):
        bucket = self._bucket(request.user.pk if request.user.is_authenticated else address_of(request))
        allowed = bucket.has_one()
        self._refused.wait_seconds = None if allowed else bucket.wait_seconds()
        return allowed

    def wait(self):
        return self._refused.wait_seconds

    def _bucket(self, who):
        if len(self._buckets) >= MOST_BUCKETS:
            self._buckets = {key: bucket for key, bucket in list(self._buckets.items()) if not bucket.is_full}
        return self._buckets.setdefault(who, Bucket(settings.API_REQUEST_RATE, settings.API_REQUEST_BURST))
