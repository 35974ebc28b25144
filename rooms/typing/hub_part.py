"""Typing indicators: never stored, and the first events to be dropped under load."""

import time
from collections.abc import Mapping

from rooms.client.client import Client
from rooms.client.hub_part import EventHandler, HubPart, HubServices
from rooms.delivery.rate_limit import RateLimit
from rooms.protocol import bus_events
from rooms.protocol.encoding import EncodedFrame

from .schemas import typing

REPEAT_SECONDS = 2
CROWD_CLIENTS = 100  # in larger rooms the indicator would never be off
EVENTS_PER_SECOND, EVENTS_BURST = 20, 40
REMEMBERED = 1000


class TypingIndicator(HubPart):
    """Nothing is queued or stored, and clients hide the indicator after a timeout."""

    def __init__(self, hub: HubServices) -> None:
        super().__init__(hub)
        self._sent_at: dict[tuple[int, int], float] = {}  # (room id, user id): monotonic time
        self._rate = RateLimit(EVENTS_PER_SECOND, EVENTS_BURST)

    def event_handlers(self) -> Mapping[str, EventHandler]:
        """`typing`: a user is typing, in this process or in another."""
        return {"typing": self._send}

    def start_typing(self, client: Client, room_id: int) -> None:
        """Publish that a client's user is typing, unless muted in that room; raises `not_here`."""
        groups, user = self.hub.groups_of(client, room_id), client.user
        if user.pk in self.hub.snapshot.muted.get(room_id, ()) or not self._may_send(room_id, user.pk):
            return
        event = bus_events.typing(room_id, user.to_dict())
        self._send(event)
        for group in groups:
            self.hub.publish_if_idle(group, event)

    def _may_send(self, room_id: int, user_id: int) -> bool:
        now, key = time.monotonic(), (room_id, user_id)
        if now - self._sent_at.get(key, 0) < REPEAT_SECONDS or self.hub.is_busy or not self._rate.try_take():
            return False
        if len(self._sent_at) >= REMEMBERED:
            self._sent_at.clear()
        self._sent_at[key] = now
        return True

    def _send(self, event: bus_events.TypingEvent) -> None:
        subscribers = self.hub.subscribers(event["room"])
        if len(subscribers) > CROWD_CLIENTS:
            return
        frame = EncodedFrame(typing(event["room"], [event["user"]]))
        for client in subscribers:
            if client.user.pk != event["user"]["id"] and not client.ignores(event["user"]["id"]):
                client.connection.write_if_idle(frame)
