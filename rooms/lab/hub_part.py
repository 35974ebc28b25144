"""What /lab/ shows of the server: its own event now and then, and announcements to everybody."""

import asyncio
import logging
from collections.abc import Mapping

from common.db.threads import in_database
from rooms.client.client import Client
from rooms.client.hub_part import EventHandler, HubPart, HubServices
from rooms.delivery.change_events import SITE_GROUP
from rooms.models.message import isoformat_ms
from rooms.protocol import bus_events, frames
from rooms.protocol.encoding import EncodedFrame

from .models import ServerEvent
from .schemas import server_event

log = logging.getLogger(__name__)

POLL_SECONDS = 1


class LabPart(HubPart):
    """Sends server events to the clients that watch. It polls the database, so it needs no channel layer."""

    def __init__(self, hub: HubServices) -> None:
        super().__init__(hub)
        self._watchers: set[Client] = set()
        self._is_polling = False
        self._sent: int | None = None  # the number of the last event seen

    def event_handlers(self) -> Mapping[str, EventHandler]:
        """`broadcast`: a text for everybody who is connected."""
        return {"broadcast": self._send_announcement}

    def watch(self, client: Client) -> None:
        """Send this client every server event from now on, until it disconnects."""
        self._watchers.add(client)
        if not self._is_polling:
            self._is_polling = True
            self.tasks.start(self._poll(), "polling server events")

    async def _poll(self) -> None:
        try:
            while self._watchers:
                try:
                    self._send(await in_database(ServerEvent.advance, self.hub.process_name))
                except Exception:
                    log.exception("Could not poll server events; the next round tries again")
                await asyncio.sleep(POLL_SECONDS)
                self._watchers = {client for client in self._watchers if not client.is_closed}
        finally:
            self._is_polling, self._sent = False, None

    def _send(self, event: ServerEvent) -> None:
        if self._sent not in (None, event.number):
            frame = EncodedFrame(server_event(event.number, isoformat_ms(event.at), event.server))
            for client in self._watchers:
                client.connection.write(frame)
        self._sent = event.number

    def broadcast(self, text: str, name: str) -> None:
        """Send a text to all clients of all processes; it is not stored in any room."""
        self.hub.publish(SITE_GROUP, bus_events.broadcast(text, name))

    def _send_announcement(self, event: bus_events.BroadcastEvent) -> None:
        frame = EncodedFrame(frames.notice(None, "announcement", event["text"], name=event["by"]))
        for client in self.hub.greeted():
            client.connection.write(frame)
