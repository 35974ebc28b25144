"""A person at a page, or a script, who talks and listens, and comes back after every break."""

import asyncio
import contextlib
import json
import time
import uuid
from collections import OrderedDict, deque
from dataclasses import dataclass
from urllib.parse import urlencode

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage

from tests.waiting import let_pass

from .checker import LATER
from .history import heard

OPENING_SECONDS = 5
SILENCE_SECONDS = 5
SEEN_SECONDS = 0.5
FINAL = (4001, 4003)
FIRST_WAIT_SECONDS = 0.2
LONGEST_WAIT_SECONDS = 3
QUEUED = 200
REPEATED = 0.02
CHANGED = 0.05
SOCKET_OPTIONS = {
    "open_timeout": OPENING_SECONDS,
    "close_timeout": 1,
    "ping_interval": None,
    "max_size": None,
    "compression": None,
    "proxy": None,
}
LOST = (OSError, TimeoutError, ConnectionClosed, InvalidHandshake, InvalidMessage, EOFError)


@dataclass(frozen=True)
class Person:
    id: int
    name: str
    cookie: str


class Talker:
    """Says something every `1 / rate` seconds and keeps it until it is answered, as docs/protocol.md asks of clients.

    `under_way`: how many frames may wait for answers at once; a page has 1, a script more. Now and then it sends an
    acknowledged frame again, as one does who has missed the ack. `ports()` are those it may connect to, its favourite
    first.
    """

    socket_options = SOCKET_OPTIONS

    def __init__(self, history, person, room, ports, random, *, rate=0.0, under_way=1):
        self.person = person
        self.stream = history.stream(person.name)
        self.rate = rate
        self.room = room
        self.blackout_seconds = []
        self.refusals = 0
        self._places = {}  # room: (epoch, version)
        self._history = history
        self._ports = ports
        self._random = random
        self._most_under_way = under_way
        self._waiting = deque()  # frames to send, in order
        self._under_way = OrderedDict()  # id: (frame, Attempt)
        self._socket = None
        self._failures = 0
        self._changes = {}  # id of a change: client id of the message
        self._count = 0
        self.is_finished = False
        self._is_moving = False
        self._lost_at = None
        self._not_before = 0.0
        self._unseen = False
        self._seen_at = 0.0
        self._tasks = []

    def start(self):
        self._tasks = [asyncio.ensure_future(loop()) for loop in (self._stay_connected, self._talk)]

    async def stop(self):
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def is_connected(self):
        return self._socket is not None

    @property
    def is_answered(self):
        return not self._waiting and not self._under_way

    @property
    def place(self):
        """Epoch and version up to which the log of the room one stands in is held."""
        return self._places.get(self.room, ("", 0))

    async def move(self, room):
        """Enter another room, going on from what is held of it; not while still on the way to one."""
        epoch, version = self._places.get(room, ("", 0))
        if self._socket and not self._is_moving and room != self.room:
            self._is_moving = True
            await self._write({"type": "enter", "room": room, "epoch": epoch, "version": version})

    def vanish(self):
        """Lose the line without a goodbye."""
        if self._socket:
            self._socket.transport.abort()

    def say_once(self, addition=""):
        self._say(addition)
        self._tasks.append(asyncio.ensure_future(self._send_next()))

    async def tell(self, name, text):
        """Say something to one person, in private; a command, so its answer is a `reply`."""
        command = f"#private <{name}> {text}"
        self._waiting.append({"type": "say", "id": str(uuid.uuid4()), "text": command, "room": self.room})
        await self._send_next()

    # --- Saying

    async def _talk(self):
        # Not all in step.
        await let_pass(self._random.random() / (self.rate or 1))
        while True:
            if self.rate and len(self._waiting) < QUEUED:
                self._say()
                await self._send_next()
            await self._tell_seen()
            await let_pass(1 / (self.rate or 5))

    async def _tell_seen(self):
        if self._socket and self._unseen and time.monotonic() - self._seen_at > SEEN_SECONDS:
            self._unseen, self._seen_at = False, time.monotonic()
            versions = {str(room): version for room, (_epoch, version) in self._places.items()}
            await self._write({"type": "seen", "rooms": versions})

    def _say(self, addition=""):
        self._count += 1
        text = f"{self.person.name} says {self._count}: ¿qué tal? {self._random.random()} {addition}".strip()
        self._waiting.append({"type": "say", "id": str(uuid.uuid4()), "text": text, "room": self.room})

    async def _send_next(self):
        while self._socket and self._waiting and len(self._under_way) < self._most_under_way:
            frame = self._waiting.popleft()
            await self._send(frame)

    async def _send(self, frame):
        of = self._changes.get(frame["id"])
        attempt = self._history.send(self.person.name, self.person.id, frame, of)
        self._under_way[frame["id"]] = (frame, attempt)
        await self._write(frame)

    async def _write(self, frame):
        with contextlib.suppress(*LOST):
            async with asyncio.timeout(SILENCE_SECONDS):
                await self._socket.send(json.dumps(frame))

    async def _answered(self, answer):
        frame, attempt = self._under_way.pop(answer.get("id"), (None, None))
        if frame is None:
            return
        attempt.ended_at, attempt.answer = time.monotonic(), answer
        if answer["type"] == "error" and answer["code"] in LATER:
            self._waiting.appendleft(frame)
            await self._send_later(answer.get("retry_after", 1))
        elif answer["type"] == "ack" and frame["type"] == "say" and self.rate:
            self._think_again(frame, answer["seq"])
        await self._send_next()

    def _think_again(self, frame, seq):
        """Say it once more, as one who missed the ack; or change it, though not while anything else is done to it."""
        dice = self._random.random()
        if dice < REPEATED:
            self._waiting.appendleft(frame)
        elif dice < REPEATED + CHANGED:
            kind = self._random.choice(["edit", "erase"])
            text = {"text": f"{frame['text']}, or rather not"} if kind == "edit" else {}
            change = {"type": kind, "id": str(uuid.uuid4()), "room": frame["room"], "seq": seq, **text}
            self._changes[change["id"]] = frame["id"]
            self._waiting.append(change)

    async def _send_later(self, seconds):
        most, self._most_under_way = self._most_under_way, 0

        async def go_on():
            await let_pass(seconds * (1 + self._random.random() / 4))
            self._most_under_way = max(most, self._most_under_way)
            await self._send_next()

        self._tasks.append(asyncio.ensure_future(go_on()))

    # --- Connecting

    async def _stay_connected(self):
        while not self.is_finished:
            try:
                await self._connect_once()
            except ConnectionRefusedError:
                self.refusals += 1
                self._failures = 1  # a load balancer would soon find another
            except LOST:
                self._failures += 1
            await let_pass(self._wait())

    def _wait(self):
        longest = min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2**self._failures)
        return max(0, self._not_before - time.monotonic()) + longest * (0.5 + self._random.random() / 2)

    def _address(self):
        ports = self._ports()
        # The favourite first; whoever fails there goes elsewhere, as a load balancer would send them.
        port = ports[0] if not self._failures else self._random.choice(ports)
        epoch, version = self.place
        query = {"room": self.room, "epoch": epoch, "version": version}
        return f"ws://127.0.0.1:{port}/ws/chat/?{urlencode(query)}"

    async def _connect_once(self):
        headers = {"Cookie": self.person.cookie}
        async with connect(self._address(), additional_headers=headers, **self.socket_options) as socket:
            try:
                await self._listen(socket)
            finally:
                self._disconnected(socket)

    async def _listen(self, socket):
        self.stream.entries.append(("opened", None))
        pinged = False
        while True:
            try:
                async with asyncio.timeout(SILENCE_SECONDS):
                    text = await socket.recv()
            except TimeoutError:
                if pinged:
                    socket.transport.abort()
                    raise
                pinged = True
                await socket.send('{"type":"ping","t":1}')
                continue
            pinged = False
            await self._hear(socket, json.loads(text))

    def _disconnected(self, socket):
        self.stream.entries.append(("closed", socket.close_code))
        self._socket = None
        self.is_finished = socket.close_code in FINAL
        self._is_moving = False
        ended_at = time.monotonic()
        self._lost_at = self._lost_at or ended_at
        for frame, attempt in reversed(self._under_way.values()):
            attempt.ended_at = ended_at
            self._waiting.appendleft(frame)
        self._under_way.clear()

    # --- Hearing

    async def _hear(self, socket, frame):
        kind = frame["type"]
        if kind == "events":
            event = heard(frame)
            self.stream.entries.append(("heard", event))
            self._places[event.room] = (event.epoch, event.version)
            self._unseen = True
            if self._socket is None:
                await self._arrived(socket)
        elif kind == "room" and frame.get("here"):
            self.room, self._is_moving = frame["room"]["id"], False
            self.stream.entries.append(("stands", self.room))
        elif kind == "bye":
            self._not_before = time.monotonic() + frame["retry_after"]
        elif kind in ("ack", "error", "reply"):
            await self._answered(frame)

    async def _arrived(self, socket):
        self._failures = 0
        self._socket = socket
        if self._lost_at:
            self.blackout_seconds.append(time.monotonic() - self._lost_at)
            self._lost_at = None
        await self._send_next()
