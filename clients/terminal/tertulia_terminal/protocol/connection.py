"""WebSocket connection to the server, which reconnects by itself and resumes where it stopped."""

import asyncio
import contextlib
import json
import random
import time
import urllib.parse
import uuid
from collections.abc import Iterator, Mapping
from enum import Enum, auto
from typing import Protocol

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from .client_frames import ClientFrameJSON
from .outbox import ClientOutbox
from .server_frames import ServerFrameJSON

INITIAL_BACKOFF_SECONDS, MAX_BACKOFF_SECONDS = 0.5, 30
OPEN_TIMEOUT_SECONDS = 60
KEEPALIVE_INTERVAL_SECONDS, KEEPALIVE_TIMEOUT_SECONDS = 20, 40
MAX_FRAME_BYTES = 16 * 1024 * 1024
POLL_SECONDS = 0.5
PING_INTERVAL_SECONDS = 20
READ_INTERVAL_SECONDS = 1
# The protocol closes connections that leave too many messages unacknowledged, or for too long.
SEEN_INTERVAL_SECONDS, SEEN_INTERVAL_MESSAGES = 3, 200

CLOSED_NORMALLY, SIGN_IN_REQUIRED, NOT_ALLOWED = 1000, 4001, 4003
FINAL_CLOSE_CODES = {CLOSED_NORMALLY, SIGN_IN_REQUIRED, NOT_ALLOWED}


class ConnectionStatus(Enum):
    """State of the connection; while backing off it waits for the next attempt, or makes it."""

    CONNECTING = auto()
    CONNECTED = auto()
    BACKING_OFF = auto()


class FrameListener(Protocol):
    """Receiver of a connection's frames and changes of state."""

    def resume_query(self) -> dict[str, str | int]:
        """Return the query parameters to connect with: the room, and the cursor in its log."""

    def on_frame(self, frame: ServerFrameJSON) -> None:
        """Apply a frame from the server."""

    def on_disconnect(self) -> None:
        """React to the loss of an open connection."""

    def on_change(self) -> None:
        """React to a change of anything the screen shows."""


class ReconnectingWebSocket:
    """WebSocket to `site` that reconnects with a growing, jittered delay and sends what `outbox` holds.

    `latency_ms` is the time of the last ping, or None before the first; `retry_seconds` the current delay.
    """

    def __init__(self, site: str, headers: Mapping[str, str], listener: FrameListener) -> None:
        self.outbox = ClientOutbox()
        self.status = ConnectionStatus.CONNECTING
        self.retry_seconds = 0
        self.latency_ms: int | None = None
        self._site = urllib.parse.urlsplit(site)
        self._headers = headers
        self._listener = listener
        self._socket: ClientConnection | None = None
        self._wake_event = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._backoff_seconds = INITIAL_BACKOFF_SECONDS
        self._retry_after_seconds = 0.0
        self._read: dict[int, int] = {}
        self._read_sent_at = 0.0
        self._seen: dict[str, int] = {}
        self._unseen_messages = 0
        self._seen_sent_at = self._ping_sent_at = time.monotonic()

    @property
    def is_open(self) -> bool:
        """Whether the server has greeted this connection."""
        return self._socket is not None

    async def run(self) -> int:
        """Stay connected until the server closes for good; return the close code."""
        while True:
            code = await self._connect()
            if code in FINAL_CLOSE_CODES:
                return code
            await self._back_off()

    async def _connect(self) -> int | None:
        try:
            async with connect(
                self._address(),
                additional_headers=self._headers,
                open_timeout=OPEN_TIMEOUT_SECONDS,
                ping_interval=KEEPALIVE_INTERVAL_SECONDS,
                ping_timeout=KEEPALIVE_TIMEOUT_SECONDS,
                max_size=MAX_FRAME_BYTES,
            ) as socket:
                return await self._exchange(socket)
        except (OSError, WebSocketException):
            return None
        finally:
            self._socket = None

    def _address(self) -> str:
        scheme = "wss" if self._site.scheme == "https" else "ws"
        query = urllib.parse.urlencode(self._listener.resume_query())
        return f"{scheme}://{self._site.netloc}/ws/chat/" + (f"?{query}" if query else "")

    async def _exchange(self, socket: ClientConnection) -> int | None:
        sender = asyncio.create_task(self._send_loop(socket))
        try:
            async for text in socket:
                self._receive(socket, json.loads(text))
        except ConnectionClosed:
            pass
        finally:
            sender.cancel()
        return socket.close_code

    def _receive(self, socket: ClientConnection, frame: ServerFrameJSON) -> None:
        if frame["type"] == "hello":
            self._socket = socket
            self._backoff_seconds = INITIAL_BACKOFF_SECONDS
            self.status = ConnectionStatus.CONNECTED
            self.outbox.restart()
        elif frame["type"] == "bye":
            self._retry_after_seconds = frame.get("retry_after", 0)
        elif frame["type"] == "pong":
            self.latency_ms = round(time.monotonic() * 1000 - frame["t"])
        elif frame["type"] == "events":
            self._seen[str(frame["room"])] = frame["version"]
            self._unseen_messages += len(frame["messages"])
        self._listener.on_frame(frame)
        self._listener.on_change()
        self.wake()

    async def _back_off(self) -> None:
        # Jitter keeps the clients of a restarted server from reconnecting all at once.
        seconds = self._retry_after_seconds + self._backoff_seconds * random.uniform(0.5, 1)  # noqa: S311
        self._backoff_seconds = min(MAX_BACKOFF_SECONDS, self._backoff_seconds * 2)
        self._retry_after_seconds = 0.0
        was_connected = self.status is ConnectionStatus.CONNECTED
        self.status, self.retry_seconds = ConnectionStatus.BACKING_OFF, round(seconds)
        if was_connected:
            self._listener.on_disconnect()
        else:
            self._listener.on_change()
        await asyncio.sleep(seconds)

    def wake(self) -> None:
        """Run the send loop at once."""
        self._wake_event.set()

    async def _send_loop(self, socket: ClientConnection) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._wake_event.wait()
            self._wake_event.clear()
            if self._socket is not socket:
                continue
            for frame in self._due_frames():
                await self.send(frame)

    def _due_frames(self) -> Iterator[ClientFrameJSON]:
        now = time.monotonic()
        unsent = self.outbox.next()
        # Before one's own message: it counts as read only if everything before it is.
        if self._read and (unsent or now - self._read_sent_at > READ_INTERVAL_SECONDS):
            for room, seq in self._read.items():
                yield {"type": "read", "room": room, "seq": seq}
            self._read, self._read_sent_at = {}, now
        if unsent:
            yield unsent
        seen_due = self._unseen_messages >= SEEN_INTERVAL_MESSAGES or now - self._seen_sent_at > SEEN_INTERVAL_SECONDS
        if self._seen and seen_due:
            yield {"type": "seen", "rooms": self._seen}
            self._seen, self._unseen_messages, self._seen_sent_at = {}, 0, now
        if now - self._ping_sent_at > PING_INTERVAL_SECONDS or self.latency_ms is None:
            self._ping_sent_at = now
            self.latency_ms = self.latency_ms or 0
            yield {"type": "ping", "t": round(now * 1000)}

    def mark_read(self, room_id: int, seq: int) -> None:
        """Send, with the next batch, that the person has read the room up to `seq`."""
        self._read[room_id] = max(seq, self._read.get(room_id, 0))

    def send_soon(self, frame: ClientFrameJSON) -> None:
        """Send a frame without waiting; it is lost if there is no connection."""
        task = asyncio.ensure_future(self.send(frame))
        self._tasks.add(task)  # the event loop keeps only weak references
        task.add_done_callback(self._tasks.discard)

    async def send(self, frame: ClientFrameJSON) -> None:
        """Send a frame; it is lost if there is no connection."""
        if self._socket:
            with contextlib.suppress(WebSocketException):
                await self._socket.send(json.dumps(frame))

    async def send_exit(self) -> None:
        """Disconnect on purpose: the server then expects no reconnection."""
        await self.send({"type": "say", "id": str(uuid.uuid4()), "text": "#exit"})
