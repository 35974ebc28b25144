"""Rate limits of people and connections."""

from common import throttle
from rooms.protocol.errors import ChatError


class RateLimit(throttle.Bucket):
    """A token bucket that raises `slow_down` when it is empty."""

    def take(self, tokens: int = 1) -> None:
        """Take tokens; raises `slow_down` with the seconds until there are as many."""
        if not self.has(tokens):
            raise ChatError("slow_down", retry_after=self.wait_seconds(tokens))
