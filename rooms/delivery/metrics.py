"""Counters and histograms of connections, writes and deliveries (docs/operating.md lists them)."""

import time
from collections import Counter as Tally
from collections.abc import Sequence
from datetime import datetime

from common.metrics.registry import Counter, Histogram
from rooms.log.history import LogChanges
from rooms.log.outcomes import Saved
from rooms.protocol.errors import ChatError
from rooms.protocol.schemas import MessageDict

FLUSH_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)

open_now: Tally[str] = Tally()
connections = Counter("connections_total", "Connections opened, by transport.", "transport")
closes = Counter("closes_total", "Connections ended, by close code; 4008 are the slow ones.", "code")
frames = Counter("frames_total", "Frames received.")
acks = Counter("acks_total", "Drafts acknowledged: said or changed anew, or known before.", "kind")
errors = Counter("errors_total", "Refusals told to connected clients, by code.", "code")
ack_seconds = Histogram("ack_seconds", "From a connected client's frame to its ack or error.")
flush_drafts = Histogram("flush_drafts", "Drafts in one transaction.", FLUSH_SIZES)
flush_seconds = Histogram("flush_seconds", "How long one transaction took.")
deliveries = Counter("deliveries_total", "Frames with messages handed to connections, one for each connection.")
delivery_seconds = Histogram("delivery_seconds", "From a message's time, by its writer's clock, to its delivery here.")
gaps = Counter("holes_total", "Reads of the log for what no ring had told, by what showed that.", "cause")
resumes = Counter("resumes_total", "Rooms entered with a version: nothing missed, caught up, or begun anew.", "outcome")
resets = Counter("resets_total", "Rooms of which all clients here had to begin anew.")


def count_opening(transport: str) -> None:
    """A connection was opened."""
    connections.add(transport)
    open_now[transport] += 1


def count_end(transport: str, code: int) -> None:
    """A connection has ended, with this close code."""
    closes.add(str(code))
    open_now[transport] -= 1


def observe_flush(outcomes: Sequence[Saved | ChatError], seconds: float) -> None:
    """One transaction of the outbox has ended."""
    flush_drafts.observe(len(outcomes))
    flush_seconds.observe(seconds)
    for outcome in outcomes:
        if not isinstance(outcome, ChatError):
            acks.add("known" if outcome.duplicate else "new")


def observe_delivery(new_messages: Sequence[MessageDict], clients: int) -> None:
    """One `events` frame was handed to so many clients."""
    deliveries.add(number=clients)
    if new_messages:
        # One stands for all: they were committed together.
        delivery_seconds.observe(time.time() - datetime.fromisoformat(new_messages[0]["at"]).timestamp())


def observe_resume(epoch: str, was_read: bool, found: LogChanges) -> None:
    """Count how a client resumed a room: reset, caught up or nothing missed; without `epoch` it did not resume."""
    if epoch:
        resumes.add("reset" if found.reset else "caught_up" if was_read else "nothing_missed")
