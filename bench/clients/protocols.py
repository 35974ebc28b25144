"""The wire protocols of the measured servers: URL path, steps to join a room, and how a message is sent and received.

The text of every message begins with its number, `~0000123`. A receipt is counted for each such number behind a JSON
quote, wherever in a frame, so that a frame with many messages counts as many.
"""

import functools
import json
import math
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .websocket import frame

NUMBERS = re.compile(rb'"~(\d{7})')
TEXT_SUFFIX = " and then we all went down to the harbour to see it"

# The bytes to wait for, and what makes the reply to them, or None.
Step = tuple[bytes, Callable[[bytes], bytes] | None]


@dataclass(frozen=True, slots=True)
class Seat:
    """The room a client joins, and its session (a `Cookie` header, or empty)."""

    room: int
    cookie: str = ""


class ServerProtocol:
    """The base of all protocols."""

    numbers = NUMBERS
    # Matches the acknowledgement that a message is stored, for servers that store.
    stored: re.Pattern[bytes] | None = None
    # After so many messages a client sends `seen(seat, chunk)`, for servers that want that.
    seen_after: float = math.inf

    def path(self, seat: Seat) -> str:
        """The path of the WebSocket."""
        raise NotImplementedError

    def steps(self, seat: Seat) -> list[Step]:
        """The steps after the handshake until the client has joined its room."""
        return []

    def seen(self, seat: Seat, chunk: bytes) -> bytes:
        """The frame that reports all messages in `chunk` as read."""
        raise NotImplementedError

    def message(self, seat: Seat, text: str, number: int) -> dict[str, Any]:
        """The JSON that sends message `number`."""
        raise NotImplementedError

    def message_frame(self, seat: Seat, number: int) -> bytes:
        """The frame that sends message `number`."""
        message = self.message(seat, f"~{number:07d}{TEXT_SUFFIX}", number)
        return frame(json.dumps(message, separators=(",", ":")).encode())


class TertuliaProtocol(ServerProtocol):
    """docs/protocol.md. The client has joined when the room's log has come."""

    seen_after = 1024
    events = re.compile(rb'"type":"events","room":\d+,"epoch":"\w+","since":\d+,"version":(\d+)')
    stored = re.compile(rb'"type":"ack","id":"[0-9a-f-]{29}(\d{7})"')

    def __init__(self) -> None:
        self.run = secrets.token_hex(4)

    def path(self, seat: Seat) -> str:
        return f"/ws/chat/?room={seat.room}"

    def steps(self, seat: Seat) -> list[Step]:
        return [(b'"type":"events"', functools.partial(self.seen, seat))]

    def seen(self, seat: Seat, chunk: bytes) -> bytes:
        found = self.events.match(chunk, chunk.rindex(b'"type":"events"'))
        if found is None:
            raise ValueError("An events frame without a version")
        return frame(b'{"type":"seen","rooms":{"%d":%d}}' % (seat.room, int(found[1])))

    def message(self, seat: Seat, text: str, number: int) -> dict[str, Any]:
        return {"type": "say", "id": f"{self.run}-0000-4000-8000-{number:012d}", "text": text}


class TutorialProtocol(ServerProtocol):
    """The chat of the Channels tutorial. The handshake completes when the consumer has joined its group."""

    def path(self, seat: Seat) -> str:
        return f"/ws/chat/{seat.room}/"

    def message(self, seat: Seat, text: str, number: int) -> dict[str, Any]:
        return {"message": text}


class SocketIOProtocol(ServerProtocol):
    """Engine.IO 4 over WebSocket from the start; joining a room is an acknowledged event."""

    def path(self, seat: Seat) -> str:
        return "/socket.io/?EIO=4&transport=websocket"

    def steps(self, seat: Seat) -> list[Step]:
        join = frame(f'420["join","{seat.room}"]'.encode())
        return [(b'0{"sid"', lambda _: frame(b"40")), (b'40{"sid"', lambda _: join), (b"430[", None)]

    def message_frame(self, seat: Seat, number: int) -> bytes:
        return frame(f'42["message",{{"room":"{seat.room}","text":"~{number:07d}{TEXT_SUFFIX}"}}]'.encode())


class BroadcastProtocol(ServerProtocol):
    """The path is the room, and every frame is a message."""

    def path(self, seat: Seat) -> str:
        return f"/{seat.room}"

    def steps(self, seat: Seat) -> list[Step]:
        return [(b"in", None)]

    def message(self, seat: Seat, text: str, number: int) -> dict[str, Any]:
        return {"text": text}
