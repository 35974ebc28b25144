"""How each server wants to be spoken to: a path, the steps until a socket is in its room, a line said, a line heard.

Every message carries its own number, `~0000123`, as the first thing in its text. A receipt is that number behind a
JSON quote, wherever in a frame it stands: so a frame with many messages counts as many.
"""

import functools
import json
import math
import re
import secrets
from dataclasses import dataclass

from .websocket import frame

HEARD = re.compile(rb'"~(\d{7})')
WORDS = " and then we all went down to the harbour to see it"


class Dialect:
    """`steps(guest)`: what to wait for (bytes) and what makes the answer to it (or None), until one is in the room.

    `seen_after`: how many messages one hears before one says so, where the server wants to know (`seen(guest, chunk)`).
    """

    heard = HEARD
    seen_after = math.inf

    def path(self, guest):
        raise NotImplementedError

    def steps(self, guest):
        return []

    def line(self, guest, number):
        """The frame that says message `number`."""
        return frame(json.dumps(self.say(guest, f"~{number:07d}{WORDS}", number), separators=(",", ":")).encode())


class Tertulia(Dialect):
    """docs/protocol.md. One is in the room when its log has come."""

    seen_after = 1024
    events = re.compile(rb'"type":"events","room":\d+,"epoch":"\w+","since":\d+,"version":(\d+)')
    stored = re.compile(rb'"type":"ack","id":"[0-9a-f-]{29}(\d{7})"')

    def __init__(self):
        self.run = secrets.token_hex(4)

    def path(self, guest):
        return f"/ws/chat/?room={guest.room}"

    def steps(self, guest):
        return [(b'"type":"events"', functools.partial(self.seen, guest))]

    def seen(self, guest, chunk):
        """The frame that says one has read all of `chunk`."""
        version = int(self.events.match(chunk, chunk.rindex(b'"type":"events"'))[1])
        return frame(b'{"type":"seen","rooms":{"%d":%d}}' % (guest.room, version))

    def say(self, guest, text, number):
        return {"type": "say", "id": f"{self.run}-0000-4000-8000-{number:012d}", "text": text}


class Tutorial(Dialect):
    """The chat of the Channels tutorial. The handshake is answered when the consumer has joined its group."""

    def path(self, guest):
        return f"/ws/chat/{guest.room}/"

    def say(self, guest, text, number):
        return {"message": text}


class SocketIO(Dialect):
    """Engine.IO 4 over WebSocket from the start; joining a room is an event that is acknowledged."""

    def path(self, guest):
        return "/socket.io/?EIO=4&transport=websocket"

    def steps(self, guest):
        join = frame(f'420["join","{guest.room}"]'.encode())
        return [(b'0{"sid"', lambda _: frame(b"40")), (b'40{"sid"', lambda _: join), (b"430[", None)]

    def line(self, guest, number):
        return frame(f'42["message",{{"room":"{guest.room}","text":"~{number:07d}{WORDS}"}}]'.encode())


class Broadcast(Dialect):
    """The path is the room, a frame is a line."""

    def path(self, guest):
        return f"/{guest.room}"

    def steps(self, guest):
        return [(b"in", None)]

    def say(self, guest, text, number):
        return {"text": text}


@dataclass(frozen=True, slots=True)
class Guest:
    """Who is to be connected: to which room, by which session (a `Cookie` header, or nothing)."""

    room: int
    cookie: str = ""
