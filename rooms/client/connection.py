"""The way out to one client, in order, never waiting."""

import asyncio
import contextlib
import random
import socket
import struct
import types
from collections import deque

from django.utils.translation import override

from rooms.delivery import metrics
from rooms.protocol.frames import EncodedFrame, refusal

PENDING_BYTES = 1024 * 1024
CLOSE_SECONDS = 2
RESET = struct.pack("ii", 1, 0)  # SO_LINGER for no time: whatever has not been sent is thrown away
PREPARED_FRAMES = "tertulia.prepared_frames"
# So many that they do not all come at once, and so few that with a slow arrival nobody is away for 5 s.
RETURN_SECONDS = (0.5, 3)
# For people who look at a line with their own tools; clients go by the codes (docs/protocol.md).
REASONS = {
    4001: "sign in again",
    4003: "not allowed",
    4008: "too slow",
    4009: "too many connections",
    4012: "restarting",
    4014: "broken frames",
    4029: "flooding",
}


class Connection:
    """Passes on what a client is told; one that lets more than `PENDING_BYTES` pile up is closed with 4008."""

    transport = "websocket"

    def __init__(self, scope, send, language):
        self.language = language
        self.closed = False
        self.close_code = None  # if it was closed from this side
        self._wire = wire_of(scope) or SendQueue(send)

    def tell(self, frame):
        """Send a frame given as a dict."""
        self.write(EncodedFrame(frame))

    def write(self, encoded):
        """Send what was perhaps written to many."""
        if self.closed:
            return
        # What was pending before and not after: one frame, however large, is nothing the client is late with.
        if self._wire.write(encoded.prepared or encoded.prepare(self._wire)) > PENDING_BYTES:
            self.close(4008)

    def whisper(self, encoded):
        """Send what is worth nothing later: only if nothing else is waiting."""
        if not self.closed and not self._wire.pending_bytes:
            self._wire.write(encoded.prepared or encoded.prepare(self._wire))

    def refuse(self, error, frame_id=None):
        """Tell of a `ChatError`, in this reader's language."""
        metrics.errors.add(error.code)
        with override(self.language):
            self.tell(refusal(error, frame_id))

    def send_away(self):
        """Ask the client to come back, not all at the same moment."""
        self.tell({"type": "bye", "retry_after": round(random.uniform(*RETURN_SECONDS), 1)})  # noqa: S311
        self.close(4012)

    def close(self, code, why=None):
        """Close after what was written, and after `why`, a refusal; nothing can be told afterwards."""
        if not self.closed and why:
            self.refuse(why)
        if not self.closed:
            self.closed, self.close_code = True, code
            self._wire.close(code, REASONS.get(code, ""))


def wire_of(scope):
    """Our own server's way out (`chatsite.server.asgi_server.Wire`), where it is the server."""
    return scope.get("extensions", {}).get(PREPARED_FRAMES, {}).get("wire")


class SendQueue:
    """The way out by plain ASGI `send`. Some servers let it wait for a slow reader: then nobody else waits."""

    def __init__(self, send):
        self.pending_bytes = 0
        self._send = send
        self._events = deque()
        self._sending = False

    @staticmethod
    def prepare(text):
        return {"type": "websocket.send", "text": text}

    def write(self, event):
        """Queue an event; the answer is how many characters were pending before."""
        before = self.pending_bytes
        self.pending_bytes += len(event["text"])
        self._put(event)
        return before

    def close(self, code, reason=""):
        if self.pending_bytes > PENDING_BYTES:
            self._events.clear()  # the reader would never come to it
        self._put({"type": "websocket.close", "code": code, "reason": reason})
        asyncio.get_running_loop().call_later(CLOSE_SECONDS, self._cut)

    def _cut(self):
        """End the line of a client that reads not even the close.

        ASGI has no word for it, and Uvicorn would hold such a line, with all that waits in it, for ever. Its `send` is
        a method of the connection's own protocol; on Daphne, which cuts such lines itself, it is not.
        """
        transport = getattr(getattr(self._send, "__self__", None), "transport", None)
        if transport is None:
            return
        # Or the kernel would go on offering what it has. Of a line that is closing the number may be another's by now.
        if not transport.is_closing():
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        transport.abort()

    def _put(self, event):
        self._events.append(event)
        if not self._sending:
            self._sending = True
            run_at_once(self._send_all())

    async def _send_all(self):
        try:
            while self._events:
                event = self._events.popleft()
                await self._send(event)
                self.pending_bytes -= len(event.get("text", ""))
        except Exception:  # each server has its own error for a peer that is gone
            self._events = deque(maxlen=0)
            with contextlib.suppress(Exception):
                await self._send({"type": "websocket.close", "code": 1011})
        finally:
            self._sending = False


def run_at_once(coroutine):
    """Run a coroutine here and now as far as it goes; only if it has to wait does it become a task.

    Daphne's `send` never waits, and Uvicorn's seldom: a task for each socket and flush would cost more than sending.
    """
    try:
        waiting_for = coroutine.send(None)
    except StopIteration:
        return None
    return asyncio.ensure_future(_go_on(coroutine, waiting_for))


async def _go_on(coroutine, waiting_for):
    await _the_rest(coroutine, waiting_for)


@types.coroutine
def _the_rest(coroutine, waiting_for):
    yield waiting_for  # what the coroutine asked its loop for in its first steps
    yield from coroutine
