"""One room as this process delivers it: every change once, in version order, to every local client in it."""

import asyncio
import logging

from django.db.models import Q

from rooms.models import Room

from . import frames
from .database import in_database

log = logging.getLogger(__name__)

HOLE_SECONDS = 0.05


class Feed:
    """`version`: what has been delivered. Older changes are dropped, the next goes out, a hole is read from the log."""

    def __init__(self, room_id):
        self.room_id = room_id
        self.epoch = ""
        self.version = 0
        self.clients = set()
        self._arriving = {}  # client: shapes delivered to the others since it began to arrive; None after a reset
        self._early = {}  # version: shape, beyond a hole
        self._waiting = None
        self._reading = asyncio.Lock()

    async def start(self):
        """Find where the log stands. Call after subscribing, never before."""
        head = Room.objects.values_list("epoch", "version")
        self.epoch, self.version = await in_database(head.get, Q(pk=self.room_id))

    @property
    def is_empty(self):
        return not self.clients and not self._arriving

    def offer(self, epoch, shapes):
        """Changes just committed, here or elsewhere; shapes of messages in version order."""
        if epoch != self.epoch:
            self.look_soon()
            return
        self._early.update({shape["version"]: shape for shape in shapes if shape["version"] > self.version})
        self._advance()
        if self._early:
            self.look_soon()

    def _advance(self):
        ready, since = [], self.version
        while shape := self._early.pop(self.version + 1, None):
            ready.append(shape)
            self.version += 1
        if ready:
            self._deliver(since, ready)

    def _deliver(self, since, shapes):
        text = frames.encode(frames.events(self.room_id, self.epoch, since, self.version, shapes))
        for client in self.clients:
            client.connection.write(text)
        for missed in self._arriving.values():
            if missed is not None:
                missed.extend(shapes)

    def look_soon(self):
        """Give what is missing a moment to arrive by itself, then read the log."""
        if self._waiting is None:
            self._waiting = asyncio.ensure_future(self._look_after_a_moment())

    async def _look_after_a_moment(self):
        try:
            await asyncio.sleep(HOLE_SECONDS)
            await self.look()
        except Exception:
            log.exception("Could not read room %s; the head check tries again", self.room_id)
        finally:
            self._waiting = None

    async def look(self):
        """Read the log and deliver what is new. One read at a time."""
        async with self._reading:
            self._take(await in_database(Room.since, self.room_id, self.epoch, self.version))

    def _take(self, found):
        if found.reset:
            self._reset(found)
        elif found.version > self.version:
            shapes = [m.shape() for m in found.messages if m.version > self.version]
            since, self.version = self.version, found.version
            self._deliver(since, shapes)
        self._early = {version: shape for version, shape in self._early.items() if version > self.version}
        self._advance()

    def _reset(self, found):
        self.epoch, self.version = found.epoch, found.version
        text = frames.encode(frames.changes(found))
        for client in self.clients:
            client.connection.write(text)
        self._arriving = dict.fromkeys(self._arriving)

    async def admit(self, client, epoch, version):
        """Bring `client` from `version` of `epoch` to now, then let it live on: nothing skipped, nothing twice.

        What the others get while the log is read is kept and merged by version.
        """
        self.clients.discard(client)
        self._arriving[client] = []
        try:
            found = await self._read_for(client, epoch, version)
        except BaseException:
            del self._arriving[client]
            raise
        missed = [shape for shape in self._arriving.pop(client) if shape["version"] > found.version]
        client.connection.tell(frames.changes(found))
        if missed:
            client.connection.tell(frames.events(self.room_id, self.epoch, found.version, self.version, missed))
        if not client.connection.closed:
            self.clients.add(client)

    async def _read_for(self, client, epoch, version):
        while True:
            found = await in_database(Room.since, self.room_id, epoch, version)
            if found.version > self.version or found.epoch != self.epoch:
                await self.look()  # the room itself must not deliver again what this client is about to read
            if self._arriving[client] is not None:
                return found
            self._arriving[client] = []

    def discard(self, client):
        self.clients.discard(client)
        self._arriving.pop(client, None)
