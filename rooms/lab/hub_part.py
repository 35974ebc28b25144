"""What /lab/ shows of the server: its own event now and then, and words to everybody."""

import asyncio
import logging

from common.db.threads import in_database
from rooms.delivery.pubsub import SITE_GROUP
from rooms.protocol import frames

from .models import ServerEvent

log = logging.getLogger(__name__)

LOOK_SECONDS = 1


class Lab:
    """Tells those who watch of each pulse. State read again, not rung: it needs no pubsub to be one for all."""

    def __init__(self, hub):
        self._hub = hub
        self._watchers = set()
        self._watching = None
        self._told = None

    def watch(self, client):
        """Tell this client of every pulse from now on, until its line ends."""
        self._watchers.add(client)
        if self._watching is None:
            self._watching = asyncio.ensure_future(self._watch_while_somebody_does())

    async def _watch_while_somebody_does(self):
        while self._watchers:
            try:
                self._tell(await in_database(ServerEvent.advance, self._hub.leases.name))
            except Exception:
                log.exception("Could not look at the pulse; the next look makes good")
            await asyncio.sleep(LOOK_SECONDS)
            self._watchers = {client for client in self._watchers if not client.connection.closed}
        self._watching = self._told = None

    def _tell(self, pulse):
        if self._told not in (None, pulse.number):
            encoded = frames.EncodedFrame({"type": "server_event", **pulse.to_dict()})
            for client in self._watchers:
                client.connection.write(encoded)
        self._told = pulse.number

    def broadcast(self, text, name):
        """Say something to all clients of all processes, wherever they stand; it is not stored."""
        self._hub.ring(SITE_GROUP, {"type": "broadcast", "text": text, "by": name})

    def heard(self, ring):
        """Words for everybody, from this or another process."""
        encoded = frames.EncodedFrame(frames.notice(None, "announcement", ring["text"], name=ring["by"]))
        for client in self._hub.greeted():
            client.connection.write(encoded)
