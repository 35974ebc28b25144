"""How fast somebody may talk."""

from common import throttle
from rooms.protocol.errors import ChatError


class Bucket(throttle.TokenBucket):
    """A token bucket whose emptiness is a refusal."""

    def take(self, tokens=1):
        """Take so many tokens; raises `slow_down` with the seconds until there are as many."""
        if not self.try_take(tokens):
            raise ChatError("slow_down", retry_after=self.retry_after(tokens))
