"""What the moving part counts, for those who watch over the site (docs/operating.md)."""

import time
from collections import Counter as Tally
from datetime import datetime

from common.metrics.registry import Counter, Histogram
from rooms.protocol.errors import ChatError

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
holes = Counter("holes_total", "Reads of the log for what no ring had told, by what showed that.", "cause")
resumes = Counter("resumes_total", "Rooms entered with a version: nothing missed, caught up, or begun anew.", "outcome")
resets = Counter("resets_total", "Rooms of which all clients here had to begin anew.")
lapses = Counter("lease_lapses_total", "Times the lease ran out and all clients were sent away.")


def note_opening(transport):
    connections.add(transport)
    open_now[transport] += 1


def note_end(transport, code):
    closes.add(code)
    open_now[transport] -= 1


def note_flush(outcomes, seconds):
    """One transaction, and what became of each draft."""
    flush_drafts.observe(len(outcomes))
    flush_seconds.observe(seconds)
    for outcome in outcomes:
        if not isinstance(outcome, ChatError):
            acks.add("known" if outcome.duplicate else "new")


def note_delivery(shapes, clients):
    """One frame of messages, given to so many."""
    deliveries.add(number=clients)
    for shape in shapes:
        if not shape["edited"] and not shape["erased"]:
            # One stands for all: they were committed together.
            delivery_seconds.observe(time.time() - datetime.fromisoformat(shape["at"]).timestamp())
            return


def note_resume(epoch, is_read, found):
    """A client came back to a room with what it held of it; without an epoch it came anew."""
    if epoch:
        resumes.add("reset" if found.reset else "caught_up" if is_read else "nothing_missed")
