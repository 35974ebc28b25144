"""A build that delivers publications as they arrive and never reads the log for missed ones."""

from rooms.delivery.feed import Feed

from .no_head_check import do_nothing
from .patching import replace_attribute


def deliver(self: Feed, epoch: str, since: int, version: int, shapes: list) -> None:
    if version > self.version:
        before, self.version = self.version, version
        self._deliver(before, shapes)


replace_attribute(Feed, "offer", deliver)
replace_attribute(Feed, "look", do_nothing)
