"""A build that delivers what is published, as it comes, and reads no log for what did not come."""

from rooms.delivery.feed import Feed

from .no_head_check import look_away
from .swap import swap


def deliver(self, span):
    if span.version > self.sequencer.version:
        self.sequencer.version = span.version
        self._deliver([span])


swap(Feed, "offer", deliver)
swap(Feed, "refresh", look_away)
