"""How fast somebody may go."""

import math
import time

from rooms.errors import ChatError


class Bucket:
    """A token bucket: `rate` tokens a second, at most `burst` saved up; a rate of 0 means no limit."""

    def __init__(self, rate, burst):
        self._rate = rate
        self._burst = burst
        self._tokens = float(burst)
        self._at = time.monotonic()

    def take(self):
        """Take a token; raises `slow_down` with the seconds until the next one."""
        if not self.has_one():
            raise ChatError("slow_down", retry_after=math.ceil((1 - self._tokens) / self._rate * 100) / 100)

    @property
    def is_full(self):
        """Whether it is as good as new."""
        self._fill()
        return not self._rate or self._tokens >= self._burst

    def _fill(self):
        now = time.monotonic()
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now

    def has_one(self):
        """Take a token if there is one."""
        if not self._rate:
            return True
        self._fill()
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
