"""The outgoing side of one client's connection: frames in order, never waiting."""

import random
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from django.utils.translation import override

from common.errors import ExpectedError
from rooms.delivery import metrics
from rooms.protocol.frames import EncodedFrame, refusal

from .send_queue import PENDING_BYTES, AsgiEvent, SendQueue

PREPARED_FRAMES = "tertulia.prepared_frames"
# Spread, so that clients do not all return at once; short, so that even after a slow return nobody is away for 5 s.
RETURN_SECONDS = (0.5, 3)
# For people who watch a connection with their own tools; clients go by the codes (docs/protocol.md).
REASONS = {
    4001: "sign in again",
    4003: "not allowed",
    4008: "too slow",
    4009: "too many connections",
    4012: "restarting",
    4014: "broken frames",
    4029: "flooding",
}


class Transport(Protocol):
    """Where a connection's frames go: our own server's socket, an event stream, or plain ASGI `send`."""

    pending_bytes: int

    def prepare(self, text: str) -> Any: ...

    def write(self, prepared: Any) -> int: ...

    def close(self, code: int, reason: str = "") -> None: ...


class Connection:
    """Sends frames to one client; a client that lets more than `PENDING_BYTES` pile up is closed with 4008."""

    def __init__(self, scope: Mapping[str, Any], send: Callable[[AsgiEvent], Awaitable[None]], language: str) -> None:
        self.language = language
        self.is_closed = False
        self.close_code: int | None = None  # set when closed from this side
        self._transport: Transport = transport_of(scope) or SendQueue(send)

    def send(self, frame: Mapping[str, Any]) -> None:
        """Send a frame to this client alone."""
        self.write(EncodedFrame(frame))

    def write(self, frame: EncodedFrame) -> None:
        """Send a frame that may go to many clients: it is encoded and prepared once for all of them."""
        if self.is_closed:
            return
        # What was pending before counts: one frame, however large, is nothing the client is late with.
        if self._transport.write(frame.prepared or frame.prepare(self._transport)) > PENDING_BYTES:
            self.close(4008)

    def write_if_idle(self, frame: EncodedFrame) -> None:
        """Send a frame that is worth nothing later: dropped if anything else is pending."""
        if not self.is_closed and not self._transport.pending_bytes:
            self._transport.write(frame.prepared or frame.prepare(self._transport))

    def send_error(self, error: ExpectedError, frame_id: str | None = None) -> None:
        """Send an `error` frame, in this reader's language."""
        metrics.errors.add(error.code)
        with override(self.language):
            self.send(refusal(error, frame_id))

    def send_away(self) -> None:
        """Ask the client to reconnect after a random delay, and close."""
        self.send({"type": "bye", "retry_after": round(random.uniform(*RETURN_SECONDS), 1)})  # noqa: S311
        self.close(4012)

    def close(self, code: int, error: ExpectedError | None = None) -> None:
        """Close after what was written, and after the error, if there is one."""
        if not self.is_closed and error:
            self.send_error(error)
        if not self.is_closed:
            self.is_closed, self.close_code = True, code
            self._transport.close(code, REASONS.get(code, ""))


def transport_of(scope: Mapping[str, Any]) -> Transport | None:
    """Our own server's transport, if it is the server (`chatsite.server.websocket`)."""
    extension: Mapping[str, Any] = scope.get("extensions", {}).get(PREPARED_FRAMES, {})
    return extension.get("wire")
