"""Throttling: token buckets, and the request rate of REST clients."""

import math
import threading
import time

from django.conf import settings
from django.http import HttpRequest
from ninja.throttling import BaseThrottle

from common.http.client_address import address_of

MAX_BUCKETS = 10_000


class TokenBucket:
    """A token bucket: `rate` tokens a second, at most `burst` saved up; a rate of 0 means no limit."""

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = burst
        self._tokens = float(burst)
        self._refilled_at = time.monotonic()

    @property
    def is_full(self) -> bool:
        """Whether the bucket holds no state: it can be dropped and made anew."""
        self._refill()
        return not self._rate or self._tokens >= self._burst

    def try_take(self, tokens: float = 1) -> bool:
        """Take the tokens if there are enough; return whether they were taken."""
        if not self._rate:
            return True
        self._refill()
        if self._tokens < tokens:
            return False
        self._tokens -= tokens
        return True

    def retry_after(self, tokens: float = 1) -> float:
        """Return the seconds until the bucket holds the tokens, after `try_take` has returned false."""
        return math.ceil((tokens - self._tokens) / self._rate * 100) / 100

    def _refill(self) -> None:
        now = time.monotonic()
        self._tokens = min(self._burst, self._tokens + (now - self._refilled_at) * self._rate)
        self._refilled_at = now


class ClientThrottle(BaseThrottle):
    """Request rate of each user, or of each address for anonymous requests, in this process."""

    def __init__(self) -> None:
        self._buckets: dict[int | str, TokenBucket] = {}
        self._thread = threading.local()  # ninja calls `allow_request` and `wait` of one request on one thread

    def allow_request(self, request: HttpRequest) -> bool:
        """Take one token of the client's bucket."""
        bucket = self._bucket(request.user.pk if request.user.is_authenticated else address_of(request))
        allowed = bucket.try_take()
        self._thread.retry_after = None if allowed else bucket.retry_after()
        return allowed

    def wait(self) -> float | None:
        """Return the seconds until the next request is allowed."""
        retry_after: float | None = self._thread.retry_after
        return retry_after

    def _bucket(self, client: int | str) -> TokenBucket:
        if len(self._buckets) >= MAX_BUCKETS:
            self._buckets = {key: bucket for key, bucket in list(self._buckets.items()) if not bucket.is_full}
        return self._buckets.setdefault(client, TokenBucket(settings.API_REQUEST_RATE, settings.API_REQUEST_BURST))
