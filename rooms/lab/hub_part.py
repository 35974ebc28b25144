"""What /lab/ shows of the server: its own event now and then, and announcements to everybody."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from common.db.threads import in_database
from rooms.client.client import Client
from rooms.client.hub_part import Event, EventHandler, HubPart, HubServices
from rooms.delivery.change_events import SITE_GROUP
from rooms.protocol import frames
from rooms.protocol.frames import EncodedFrame

from .models import Pulse

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
                    self._send(await in_database(Pulse.beat, self.hub.process_name))
                except Exception:
                    log.exception("Could not poll server events; the next round tries again")
                await asyncio.sleep(POLL_SECONDS)
                self._watchers = {client for client in self._watchers if not client.is_closed}
        finally:
            self._is_polling, self._sent = False, None

    def _send(self, pulse: Pulse) -> None:
        if self._sent not in (None, pulse.number):
            frame = EncodedFrame({"type": "server_event", **pulse.to_dict()})
            for client in self._watchers:
                client.connection.write(frame)
        self._sent = pulse.number

    def broadcast(self, text: str, name: str) -> None:
        """Send a text to all clients of all processes; it is not stored in any room."""
        event: dict[str, Any] = {"type": "broadcast", "text": text, "by": name}
        self.hub.publish(SITE_GROUP, event)

    def _send_announcement(self, event: Event) -> None:
        frame = EncodedFrame(frames.notice(None, "announcement", event["text"], name=event["by"]))
        for client in self.hub.greeted():
            client.connection.write(frame)
