"""A chat client that writes, records what it receives, and reconnects after every break."""

import asyncio
import contextlib
import json
import time
import uuid
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from urllib.parse import urlencode

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage

from tests.waiting import let_pass

from .checker import RETRYABLE_CODES
from .history import ReaderStream, RunHistory, SendAttempt, received_events

OPEN_TIMEOUT_SECONDS = 5
READ_TIMEOUT_SECONDS = 5
SEEN_INTERVAL_SECONDS = 0.5
FINAL_CLOSE_CODES = (4001, 4003)
FIRST_BACKOFF_SECONDS = 0.2
MAX_BACKOFF_SECONDS = 3
MAX_QUEUED_FRAMES = 200
RESEND_PROBABILITY = 0.02
CHANGE_PROBABILITY = 0.05
CONNECT_OPTIONS = {
    "open_timeout": OPEN_TIMEOUT_SECONDS,
    "close_timeout": 1,
    "ping_interval": None,
    "max_size": None,
    "compression": None,
    "proxy": None,
}
CONNECTION_ERRORS = (OSError, TimeoutError, ConnectionClosed, InvalidHandshake, InvalidMessage, EOFError)


@dataclass(frozen=True)
class SignedInUser:
    """An account with an open session; `cookie` is the value of the Cookie header."""

    id: int
    name: str
    cookie: str


class ChatWriter:
    """Sends a message every `1 / rate` seconds and retries it until it is answered, as docs/protocol.md demands.

    `max_in_flight`: how many frames may wait for their answers at once; a page has 1, a script more. Now and then an
    acknowledged frame is sent again, as after a lost ack. `ports()` returns the ports to connect to, preferred first.
    """

    connect_options = CONNECT_OPTIONS

    def __init__(
        self,
        history: RunHistory,
        user: SignedInUser,
        room: int,
        ports: Callable[[], list[int]],
        random: Random,
        *,
        rate: float = 0.0,
        max_in_flight: int = 1,
    ) -> None:
        self.user = user
        self.stream: ReaderStream = history.stream(user.name)
        self.rate = rate
        self.room = room
        self.blackout_seconds: list[float] = []
        self.refused_connections = 0
        self._positions: dict[int, tuple[str, int]] = {}  # room: (epoch, version)
        self._history = history
        self._ports = ports
        self._random = random
        self._max_in_flight = max_in_flight
        self._queue: deque[dict] = deque()  # frames to send, in order
        self._in_flight: OrderedDict[str, tuple[dict, SendAttempt]] = OrderedDict()  # by client id
        self._socket: ClientConnection | None = None
        self._failures = 0
        self._changes: dict[str, str] = {}  # client id of a change: client id of the message
        self._count = 0
        self.is_finished = False
        self._is_switching = False
        self._lost_at: float | None = None
        self._not_before = 0.0
        self._has_unseen = False
        self._seen_at = 0.0
        self._tasks: list[asyncio.Future] = []

    def start(self) -> None:
        self._tasks = [asyncio.ensure_future(loop()) for loop in (self._stay_connected, self._write_messages)]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def is_connected(self) -> bool:
        return self._socket is not None

    @property
    def is_answered(self) -> bool:
        """Whether no frame waits to be sent or answered."""
        return not self._queue and not self._in_flight

    @property
    def position(self) -> tuple[str, int]:
        """Epoch and version up to which the current room's log has been received."""
        return self._positions.get(self.room, ("", 0))

    async def enter_room(self, room: int) -> None:
        """Enter another room, resuming from its known position; ignored while a switch is pending."""
        epoch, version = self._positions.get(room, ("", 0))
        if self._socket and not self._is_switching and room != self.room:
            self._is_switching = True
            await self._write({"type": "enter", "room": room, "epoch": epoch, "version": version})

    def drop_connection(self) -> None:
        """Abort the TCP connection without a close frame."""
        if self._socket:
            self._socket.transport.abort()

    def send_once(self, suffix: str = "") -> None:
        """Queue one message, its text ending in `suffix`, whatever the rate."""
        self._queue_message(suffix)
        self._tasks.append(asyncio.ensure_future(self._send_next()))

    async def send_private(self, name: str, text: str) -> None:
        """Send a private message; it is a command, so its answer is a `reply`."""
        command = f"#private <{name}> {text}"
        self._queue.append({"type": "say", "id": str(uuid.uuid4()), "text": command, "room": self.room})
        await self._send_next()

    # --- Sending

    async def _write_messages(self) -> None:
        # A random delay, so that writers do not send in step.
        await let_pass(self._random.random() / (self.rate or 1))
        while True:
            if self.rate and len(self._queue) < MAX_QUEUED_FRAMES:
                self._queue_message()
                await self._send_next()
            await self._send_seen()
            await let_pass(1 / (self.rate or 5))

    async def _send_seen(self) -> None:
        if self._socket and self._has_unseen and time.monotonic() - self._seen_at > SEEN_INTERVAL_SECONDS:
            self._has_unseen, self._seen_at = False, time.monotonic()
            versions = {str(room): version for room, (_epoch, version) in self._positions.items()}
            await self._write({"type": "seen", "rooms": versions})

    def _queue_message(self, suffix: str = "") -> None:
        self._count += 1
        text = f"{self.user.name} says {self._count}: ¿qué tal? {self._random.random()} {suffix}".strip()
        self._queue.append({"type": "say", "id": str(uuid.uuid4()), "text": text, "room": self.room})

    async def _send_next(self) -> None:
        while self._socket and self._queue and len(self._in_flight) < self._max_in_flight:
            await self._send(self._queue.popleft())

    async def _send(self, frame: dict) -> None:
        target = self._changes.get(frame["id"])
        attempt = self._history.send(self.user.name, self.user.id, frame, target)
        self._in_flight[frame["id"]] = (frame, attempt)
        await self._write(frame)

    async def _write(self, frame: dict) -> None:
        with contextlib.suppress(*CONNECTION_ERRORS):
            async with asyncio.timeout(READ_TIMEOUT_SECONDS):
                await self._socket.send(json.dumps(frame))

    async def _on_answer(self, answer: dict) -> None:
        frame, attempt = self._in_flight.pop(answer.get("id"), (None, None))
        if frame is None:
            return
        attempt.ended_at, attempt.answer = time.monotonic(), answer
        if answer["type"] == "error" and answer["code"] in RETRYABLE_CODES:
            self._queue.appendleft(frame)
            await self._back_off(answer.get("retry_after", 1))
        elif answer["type"] == "ack" and frame["type"] == "say" and self.rate:
            self._maybe_resend_or_change(frame, answer["seq"])
        await self._send_next()

    def _maybe_resend_or_change(self, frame: dict, seq: int) -> None:
        """Resend the frame as after a lost ack, or edit or erase its message, never both."""
        dice = self._random.random()
        if dice < RESEND_PROBABILITY:
            self._queue.appendleft(frame)
        elif dice < RESEND_PROBABILITY + CHANGE_PROBABILITY:
            kind = self._random.choice(["edit", "erase"])
            text = {"text": f"{frame['text']}, or rather not"} if kind == "edit" else {}
            change = {"type": kind, "id": str(uuid.uuid4()), "room": frame["room"], "seq": seq, **text}
            self._changes[change["id"]] = frame["id"]
            self._queue.append(change)

    async def _back_off(self, seconds: float) -> None:
        limit, self._max_in_flight = self._max_in_flight, 0

        async def resume() -> None:
            await let_pass(seconds * (1 + self._random.random() / 4))
            self._max_in_flight = max(limit, self._max_in_flight)
            await self._send_next()

        self._tasks.append(asyncio.ensure_future(resume()))

    # --- Connecting

    async def _stay_connected(self) -> None:
        while not self.is_finished:
            try:
                await self._connect_once()
            except ConnectionRefusedError:
                self.refused_connections += 1
                self._failures = 1  # a load balancer fails over at once
            except CONNECTION_ERRORS:
                self._failures += 1
            await let_pass(self._backoff_seconds())

    def _backoff_seconds(self) -> float:
        longest = min(MAX_BACKOFF_SECONDS, FIRST_BACKOFF_SECONDS * 2**self._failures)
        return max(0, self._not_before - time.monotonic()) + longest * (0.5 + self._random.random() / 2)

    def _url(self) -> str:
        ports = self._ports()
        # After a failure any port, as a load balancer would choose.
        port = ports[0] if not self._failures else self._random.choice(ports)
        epoch, version = self.position
        query = {"room": self.room, "epoch": epoch, "version": version}
        return f"ws://127.0.0.1:{port}/ws/chat/?{urlencode(query)}"

    async def _connect_once(self) -> None:
        headers = {"Cookie": self.user.cookie}
        async with connect(self._url(), additional_headers=headers, **self.connect_options) as socket:
            try:
                await self._read_frames(socket)
            finally:
                self._on_disconnect(socket)

    async def _read_frames(self, socket: ClientConnection) -> None:
        self.stream.entries.append(("opened", None))
        pinged = False
        while True:
            try:
                async with asyncio.timeout(READ_TIMEOUT_SECONDS):
                    text = await socket.recv()
            except TimeoutError:
                if pinged:
                    socket.transport.abort()
                    raise
                pinged = True
                await socket.send('{"type":"ping","t":1}')
                continue
            pinged = False
            await self._on_frame(socket, json.loads(text))

    def _on_disconnect(self, socket: ClientConnection) -> None:
        self.stream.entries.append(("closed", socket.close_code))
        self._socket = None
        self.is_finished = socket.close_code in FINAL_CLOSE_CODES
        self._is_switching = False
        ended_at = time.monotonic()
        self._lost_at = self._lost_at or ended_at
        for frame, attempt in reversed(self._in_flight.values()):
            attempt.ended_at = ended_at
            self._queue.appendleft(frame)
        self._in_flight.clear()

    # --- Receiving

    async def _on_frame(self, socket: ClientConnection, frame: dict) -> None:
        kind = frame["type"]
        if kind == "events":
            events = received_events(frame)
            self.stream.entries.append(("received", events))
            self._positions[events.room] = (events.epoch, events.version)
            self._has_unseen = True
            if self._socket is None:
                await self._on_first_events(socket)
        elif kind == "room" and frame.get("here"):
            self.room, self._is_switching = frame["room"]["id"], False
            self.stream.entries.append(("joined", self.room))
        elif kind == "bye":
            self._not_before = time.monotonic() + frame["retry_after"]
        elif kind in ("ack", "error", "reply"):
            await self._on_answer(frame)

    async def _on_first_events(self, socket: ClientConnection) -> None:
        self._failures = 0
        self._socket = socket
        if self._lost_at:
            self.blackout_seconds.append(time.monotonic() - self._lost_at)
            self._lost_at = None
        await self._send_next()
