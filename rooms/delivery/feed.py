"""One room as this process delivers it: every change once, in version order, to every local client in it."""

import asyncio
import logging
from contextlib import suppress

from django.db.models import Q

from common.db.threads import in_database
from rooms.log.history import Changes, changes_since
from rooms.models import Room
from rooms.protocol import frames

from . import metrics

log = logging.getLogger(__name__)

HOLE_SECONDS = 0.05
# What may be said elsewhere between two head checks while no pubsub rings, and still leaves room in the window of
# those who read it (`window.py`): they go on. Beyond that they begin anew.
BEHIND_CHANGES, BEHIND_CHARACTERS = 1000, 384 * 1024


class Arrival:
    """A client that reads the log: what the others got meanwhile, and whether they were reset."""

    def __init__(self):
        self.missed = []
        self.reset = False


class Feed:
    """`version`: what has been delivered. Older changes are dropped, the next goes out, a hole is read from the log."""

    def __init__(self, room_id, epoch="", version=0):
        self.room_id = room_id
        self.epoch = epoch
        self.version = version
        self.clients = set()
        self._arriving = {}  # client: Arrival
        self._early = {}  # since: (epoch, version, shapes), beyond a hole
        self._waiting = None
        self._reading = asyncio.Lock()

    async def start(self):
        """Find where the log stands. Call after subscribing, never before."""
        head = Room.objects.values_list("epoch", "version")
        self.epoch, self.version = await in_database(head.get, Q(pk=self.room_id))

    @property
    def is_empty(self):
        return not self.clients and not self._arriving

    def offer(self, epoch, since, version, shapes):
        """Changes just committed, here or elsewhere: all that came after `since`, up to `version`."""
        if epoch != self.epoch or since > self.version:
            self._early[since] = (epoch, version, shapes)
            self.look_soon("later_ring")
        else:
            self._go_on(version, shapes)

    def _go_on(self, version, shapes):
        if version > self.version:
            fresh = [shape for shape in shapes if shape["version"] > self.version]
            since, self.version = self.version, version
            self._deliver(since, fresh)
        self._take_early()

    def _take_early(self):
        """What came before its turn may be next now, or of no more use."""
        early, self._early = self._early, {}
        for since, (epoch, version, shapes) in sorted(early.items()):
            if epoch == self.epoch and version > self.version:
                self.offer(epoch, since, version, shapes)

    def _deliver(self, since, shapes):
        metrics.note_delivery(shapes, len(self.clients))
        encoded = frames.EncodedFrame(frames.events(self.room_id, self.epoch, since, self.version, shapes))
        self._hand_out(encoded, len(shapes))
        for arrival in self._arriving.values():
            arrival.missed.extend(shapes)

    def _hand_out(self, encoded, count):
        for client in self.clients:
            try:
                client.hear(self.room_id, self.version, encoded, count)
            except Exception:  # whatever it is, it is this client's: it comes back, and all others hear
                log.exception("A client could not be told of room %s", self.room_id)
                with suppress(Exception):
                    client.end(1011)

    def look_soon(self, cause):
        """Give what is missing a moment to arrive by itself, then read the log."""
        if self._waiting is None:
            self._waiting = asyncio.ensure_future(self._look_after_a_moment(cause))

    async def _look_after_a_moment(self, cause):
        try:
            await asyncio.sleep(HOLE_SECONDS)
            await self.look_if_possible(cause)
        finally:
            self._waiting = None

    async def look_if_possible(self, cause):
        """As `look`; where it fails, the head check tries again, and no other room has to wait for that."""
        try:
            await self.look(cause)
        except Exception:
            log.exception("Could not read room %s; the head check tries again", self.room_id)

    async def look(self, cause):
        """Read the log and deliver what is new. One read at a time."""
        metrics.holes.add(cause)
        async with self._reading:
            while True:
                place = (self.room_id, self.epoch, self.version)
                found = await in_database(changes_since, *place, BEHIND_CHANGES, BEHIND_CHARACTERS)
                # What it was too far behind for may have come meanwhile, by rings that had piled up.
                if not (found.reset and self._has_gone_on_from(place)):
                    break
            self._take(found)

    def _has_gone_on_from(self, place):
        _room_id, epoch, version = place
        return self.epoch == epoch and self.version > version

    def _take(self, found):
        if found.reset:
            self._reset(found)
        else:
            self._go_on(found.version, [message.to_dict() for message in found.messages])

    def _reset(self, found):
        metrics.resets.add()
        self.epoch, self.version = found.epoch, found.version
        encoded = frames.EncodedFrame(frames.changes(found))
        self._hand_out(encoded, len(found.messages))
        for arrival in self._arriving.values():
            arrival.reset = True
        self._take_early()

    async def admit(self, client, epoch, version):
        """Bring `client` from `version` of `epoch` to now, then let it live on: nothing skipped, nothing twice.

        What the others get while the log is read is kept and merged by version.
        """
        self.clients.discard(client)
        arrival = self._arriving[client] = Arrival()
        try:
            found = await self._read_for(arrival, epoch, version)
        finally:
            was_let_go = self._arriving.pop(client, None) is not arrival
        metrics.note_resume(epoch, found.version != version, found)
        if was_let_go or client.connection.closed:
            return
        missed = [shape for shape in arrival.missed if shape["version"] > found.version]
        client.hear(self.room_id, found.version, frames.EncodedFrame(frames.changes(found)), len(found.messages))
        if missed:
            encoded = frames.EncodedFrame(frames.events(self.room_id, self.epoch, found.version, self.version, missed))
            client.hear(self.room_id, self.version, encoded, len(missed))
        self.clients.add(client)

    async def _read_for(self, arrival, epoch, version):
        if (epoch, version) == (self.epoch, self.version):
            # It holds what the others here hold, and lives on with them: nothing to read.
            return Changes(self.room_id, epoch, version, version, [])
        while True:
            arrival.reset = False
            arrival.missed.clear()  # the read about to begin finds them
            found = await in_database(changes_since, self.room_id, epoch, version)
            if found.version > self.version or found.epoch != self.epoch:
                await self.look("arrival")  # the room itself must not deliver again what this client is about to read
            if not arrival.reset:
                return found

    def discard(self, client):
        self.clients.discard(client)
        self._arriving.pop(client, None)
