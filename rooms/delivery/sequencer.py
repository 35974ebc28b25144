"""The order in which one room's changes are delivered. Pure: no I/O, no clock, no event loop."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

MessageDict = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Span:
    """All changes of a room after version `since`, up to `version`, in version order.

    A message that changed twice in a span is in it once, as it is now; so there may be fewer changes than versions.
    """

    epoch: str
    since: int
    version: int
    changes: list[MessageDict]


class Sequencer:
    """Turns spans that arrive in any order, overlapping or repeated, into spans that continue each other.

    `version` of `epoch` is what has been released so far. A span beyond a gap is parked until the gap is filled.
    """

    def __init__(self, epoch: str = "", version: int = 0) -> None:
        self.epoch = epoch
        self.version = version
        self._parked: dict[int, Span] = {}  # by `since`

    @property
    def has_gap(self) -> bool:
        """Whether a span is parked: changes before it have not arrived, or it belongs to another epoch."""
        return bool(self._parked)

    def offer(self, span: Span) -> list[Span]:
        """The spans that can be delivered now, each continuing the one before; empty if there is a gap."""
        if span.epoch != self.epoch or span.since > self.version:
            self._park(span)
            return []
        return self._release([span])

    def reset(self, epoch: str, version: int) -> list[Span]:
        """Begin anew at a place in the log; returns what was parked and continues from there."""
        self.epoch, self.version = epoch, version
        return self._release([])

    def _park(self, span: Span) -> None:
        known = self._parked.get(span.since)
        if known is None or known.epoch != span.epoch or known.version < span.version:
            self._parked[span.since] = span

    def _release(self, spans: Iterable[Span]) -> list[Span]:
        released = [trimmed for span in spans if (trimmed := self._advance(span))]
        parked, self._parked = self._parked, {}
        for _since, span in sorted(parked.items()):
            if span.epoch != self.epoch or span.version <= self.version:
                continue  # delivered by now, or of a log that is gone
            if span.since > self.version:
                self._park(span)
            elif trimmed := self._advance(span):
                released.append(trimmed)
        return released

    def _advance(self, span: Span) -> Span | None:
        """The part of a span that is new; None if there is none."""
        if span.version <= self.version:
            return None
        since, self.version = self.version, span.version
        return Span(self.epoch, since, span.version, [change for change in span.changes if change["version"] > since])
