"""Somebody who only stands in a room, and believes what they are told of who is where."""

import asyncio
import random

from .history import History
from .talker import Talker


class Guest(Talker):
    """`counts` {room: people}, `names` of those in the room, `closing` rooms, and how often a room was `gone`."""

    def __init__(self, site, person, room, home):
        own_random = random.Random(site.random.random())
        super().__init__(History(), person, room, lambda: site.ports_from(home), own_random)
        self.counts = {}
        self.closing = {}
        self.names = []
        self.gone = []
        self.codes = []

    async def leave(self):
        """Go, and not come back."""
        await self.stop()
        self.is_finished = True

    async def come_back(self):
        self.is_finished = False
        self.start()

    def start(self):
        self._tasks = [asyncio.ensure_future(self._stay_connected())]

    async def _hear(self, socket, frame):
        kind = frame["type"]
        if kind == "hello":
            self.counts.clear()
            self.closing.clear()
        if kind in ("hello", "rooms"):
            self._note(frame["rooms"])
        elif kind == "people" and frame["room"] == self.room:
            self.names = frame["names"]
        elif kind == "notice":
            self.codes.append((frame["code"], frame["room"]))
        elif kind == "room_gone":
            self.gone.append(frame["room"])
            self.counts.pop(frame["room"], None)
        await super()._hear(socket, frame)

    def _note(self, cards):
        for card in cards:
            self.counts[card["id"]] = card["people"]
            self.closing[card["id"]] = card["closes_at"]
