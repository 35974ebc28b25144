"""A client that only joins a room and records the presence it receives."""

import asyncio
import random
from typing import Protocol

from websockets.asyncio.client import ClientConnection

from .history import RunHistory
from .writer import ChatWriter, SignedInUser


class ServesPorts(Protocol):
    """The part of a site that an observer needs."""

    random: random.Random

    def ports_from(self, index: int) -> list[int]: ...


class PresenceObserver(ChatWriter):
    """Records presence as received.

    `counts`: {room: people}; `names`: who is in the own room; `closing`: {room: closes_at}; `gone`: the rooms of
    `room_gone` frames; `notices`: (code, room) of each notice.
    """

    def __init__(self, site: ServesPorts, user: SignedInUser, room: int, server_index: int) -> None:
        own_random = random.Random(site.random.random())
        super().__init__(RunHistory(), user, room, lambda: site.ports_from(server_index), own_random)
        self.counts: dict[int, int] = {}
        self.closing: dict[int, str | None] = {}
        self.names: list[str] = []
        self.gone: list[int] = []
        self.notices: list[tuple[str, int]] = []

    async def leave(self) -> None:
        """Disconnect for good."""
        await self.stop()
        self.is_finished = True

    async def come_back(self) -> None:
        """Reconnect after `leave`."""
        self.is_finished = False
        self.start()

    def start(self) -> None:
        self._tasks = [asyncio.ensure_future(self._stay_connected())]

    async def _on_frame(self, socket: ClientConnection, frame: dict) -> None:
        kind = frame["type"]
        if kind == "hello":
            self.counts.clear()
            self.closing.clear()
        if kind in ("hello", "rooms"):
            self._on_rooms(frame["rooms"])
        elif kind == "people" and frame["room"] == self.room:
            self.names = frame["names"]
        elif kind == "notice":
            self.notices.append((frame["code"], frame["room"]))
        elif kind == "room_gone":
            self.gone.append(frame["room"])
            self.counts.pop(frame["room"], None)
        await super()._on_frame(socket, frame)

    def _on_rooms(self, rooms: list[dict]) -> None:
        for room in rooms:
            self.counts[room["id"]] = room["people"]
            self.closing[room["id"]] = room["closes_at"]
