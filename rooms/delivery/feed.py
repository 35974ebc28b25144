"""One room as this process delivers it: every change once, in version order, to every local client in it."""

import asyncio
import logging
from contextlib import suppress
from typing import Protocol

from django.db.models import Q

from common.db.threads import in_database
from common.tasks import BackgroundTasks
from rooms.log.history import LogChanges, changes_since
from rooms.models import Room
from rooms.protocol import frames
from rooms.protocol.encoding import EncodedFrame
from rooms.protocol.schemas import MessageDict
from rooms.protocol.server_frames import EventsFrame

from . import metrics
from .sequencer import Sequencer, Span

log = logging.getLogger(__name__)

GAP_SECONDS = 0.05  # events overtake each other between processes; longer, and one was lost
# How far the log may be ahead of this process (no event arrives while Redis is down) and still be read without a reset:
# as much as fits into the window of the clients that get it (`window.py`).
REFRESH_CHANGES, REFRESH_CHARACTERS = 1000, 384 * 1024


class Subscriber(Protocol):
    """What a feed needs of a client."""

    @property
    def is_closed(self) -> bool: ...

    def deliver(self, room_id: int, version: int, frame: EncodedFrame, messages: int) -> None: ...

    def close(self, code: int) -> None: ...


class Admission:
    """A client that catches up from the log, and the changes that the others got meanwhile."""

    def __init__(self) -> None:
        self.missed: list[MessageDict] = []
        self.was_reset = False


class Feed:
    """The subscribers of one room in this process, and the sequencer that all of them follow."""

    def __init__(
        self, room_id: int, tasks: BackgroundTasks, epoch: str = "", version: int = 0, last_seq: int = 0
    ) -> None:
        self.room_id = room_id
        self.clients: set[Subscriber] = set()
        self.sequencer = Sequencer(epoch, version)
        self._tasks = tasks
        self._last_seq = last_seq  # of the newest message delivered
        self._admissions: dict[Subscriber, Admission] = {}
        self._is_refresh_due = False
        self._reading = asyncio.Lock()

    async def start(self) -> None:
        """Find where the log stands. Call after subscribing to events, never before."""
        head = Room.objects.values_list("epoch", "version", "last_seq")
        epoch, version, self._last_seq = await in_database(head.get, Q(pk=self.room_id))
        self.sequencer.reset(epoch, version)

    @property
    def place(self) -> tuple[str, int]:
        """Epoch and version of what has been delivered."""
        return self.sequencer.epoch, self.sequencer.version

    @property
    def is_empty(self) -> bool:
        """Whether no client needs this feed."""
        return not self.clients and not self._admissions

    # --- Delivery

    def offer(self, span: Span) -> None:
        """Deliver changes committed here or in another process; a gap is read from the log after `GAP_SECONDS`."""
        self._deliver(self.sequencer.offer(span))
        if self.sequencer.has_gap and not self._is_refresh_due:
            self._is_refresh_due = True
            self._tasks.start(self._refresh_later("later_ring"), f"refresh of room {self.room_id}")

    def _deliver(self, spans: list[Span]) -> None:
        for span in spans:
            metrics.observe_delivery(self._new_messages(span.changes), len(self.clients))
            frame = EncodedFrame(frames.events(self.room_id, span.epoch, span.since, span.version, span.changes))
            self._broadcast(frame, span.version, len(span.changes))
            for admission in self._admissions.values():
                admission.missed.extend(span.changes)

    def _new_messages(self, changes: list[MessageDict]) -> list[MessageDict]:
        """Those that are new in the log, and neither edited, erased nor anonymised."""
        new = [change for change in changes if change["seq"] > self._last_seq]
        if new:
            self._last_seq = max(change["seq"] for change in new)
        return new

    def _broadcast(self, frame: EncodedFrame, version: int, messages: int) -> None:
        for client in self.clients:
            try:
                client.deliver(self.room_id, version, frame, messages)
            except Exception:
                # A fault of this one client: it reconnects, and all others get the frame.
                log.exception("Could not send a frame of room %s to a client", self.room_id)
                with suppress(Exception):
                    client.close(1011)

    # --- Reading the log

    async def _refresh_later(self, cause: str) -> None:
        try:
            await asyncio.sleep(GAP_SECONDS)
            await self.refresh_if_possible(cause)
        finally:
            self._is_refresh_due = False

    async def refresh_if_possible(self, cause: str) -> None:
        """`refresh`, with errors logged: the next head check tries again, and other rooms need not wait for that."""
        try:
            await self.refresh(cause)
        except Exception:
            log.exception("Could not read room %s; the head check tries again", self.room_id)

    async def refresh(self, cause: str) -> None:
        """Read the log and deliver what is new, one read at a time; `cause` is counted."""
        metrics.gaps.add(cause)
        async with self._reading:
            while True:
                epoch, version = self.place
                limits = (REFRESH_CHANGES, REFRESH_CHARACTERS)
                found = await in_database(changes_since, self.room_id, epoch, version, *limits)
                # A reset is not needed where queued events have brought the feed forward during the read.
                if not (found.reset and self._has_advanced(epoch, version)):
                    break
            self._take(found)

    def _has_advanced(self, epoch: str, version: int) -> bool:
        return self.sequencer.epoch == epoch and self.sequencer.version > version

    def _take(self, found: LogChanges) -> None:
        if found.reset:
            self._reset(found)
        else:
            changes = [message.to_dict() for message in found.messages]
            # From where the feed is by now, which may be beyond where the read began.
            self._deliver(self.sequencer.offer(Span(found.epoch, found.since, found.version, changes)))

    def _reset(self, found: LogChanges) -> None:
        metrics.resets.add()
        parked = self.sequencer.reset(found.epoch, found.version)
        self._last_seq = found.messages[-1].seq if found.messages else 0
        self._broadcast(EncodedFrame(changes_frame(found)), found.version, len(found.messages))
        for admission in self._admissions.values():
            admission.was_reset = True
        self._deliver(parked)

    # --- Subscribers

    async def admit(self, client: Subscriber, epoch: str, version: int) -> None:
        """Send a client all changes after `version` of `epoch` and subscribe it, without gaps or duplicates.

        What the others get while the log is read is kept and merged by version.
        """
        self.clients.discard(client)
        admission = self._admissions[client] = Admission()
        try:
            found = await self._read_for(admission, epoch, version)
        finally:
            was_discarded = self._admissions.pop(client, None) is not admission
        metrics.observe_resume(epoch, found.version != version, found)
        if was_discarded or client.is_closed:
            return
        missed = [change for change in admission.missed if change["version"] > found.version]
        client.deliver(self.room_id, found.version, EncodedFrame(changes_frame(found)), len(found.messages))
        if missed:
            now = self.sequencer.version
            frame = EncodedFrame(frames.events(self.room_id, self.sequencer.epoch, found.version, now, missed))
            client.deliver(self.room_id, now, frame, len(missed))
        self.clients.add(client)

    async def _read_for(self, admission: Admission, epoch: str, version: int) -> LogChanges:
        if (epoch, version) == self.place:
            # The client holds exactly what has been delivered here: there is nothing to read.
            return LogChanges(self.room_id, epoch, version, version, [])
        while True:
            admission.was_reset = False
            admission.missed.clear()  # the read below finds them
            found = await in_database(changes_since, self.room_id, epoch, version)
            if found.version > self.sequencer.version or found.epoch != self.sequencer.epoch:
                await self.refresh("arrival")  # or the feed would deliver again what this client is about to get
            if not admission.was_reset:
                return found

    def discard(self, client: Subscriber) -> None:
        """End a client's subscription, or its admission under way."""
        self.clients.discard(client)
        self._admissions.pop(client, None)


def changes_frame(found: LogChanges) -> EventsFrame:
    """What was read from the log, as an `events` frame."""
    messages = [message.to_dict() for message in found.messages]
    if found.reset:
        return frames.reset(found.room_id, found.epoch, found.version, messages, found.more)
    return frames.events(found.room_id, found.epoch, found.since, found.version, messages)
