"""A build that delivers what is published, as it comes, and reads no log for what did not come."""

from rooms.live.feed import Feed

from .no_head_check import look_away
from .swap import swap


def deliver(self, epoch, shapes):
    fresh = [shape for shape in shapes if shape["version"] > self.version]
    if fresh:
        since, self.version = self.version, fresh[-1]["version"]
        self._deliver(since, fresh)


swap(Feed, "offer", deliver)
swap(Feed, "look", look_away)
