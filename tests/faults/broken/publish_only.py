"""A build that delivers what is published, as it comes, and reads no log for what did not come."""

from rooms.delivery.feed import Feed

from .no_head_check import look_away
from .swap import swap


def deliver(self, epoch, since, version, shapes):
    if version > self.version:
        before, self.version = self.version, version
        self._deliver(before, shapes)


swap(Feed, "offer", deliver)
swap(Feed, "look", look_away)
