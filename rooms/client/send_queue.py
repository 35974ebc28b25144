"""Sending through plain ASGI `send`, on servers other than our own and for event streams."""

import asyncio
import contextlib
import socket
import struct
import types
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any

AsgiEvent = dict[str, Any]

PENDING_BYTES = 1024 * 1024
CLOSE_SECONDS = 2
RESET = struct.pack("ii", 1, 0)  # SO_LINGER with a timeout of zero: unsent data is discarded


class SendQueue:
    """Events for one `send`, in order. Some servers let `send` wait for a slow reader: then only this queue waits."""

    def __init__(self, send: Callable[[AsgiEvent], Awaitable[None]]) -> None:
        self.pending_bytes = 0
        self._send = send
        self._events: deque[AsgiEvent] = deque()
        self._sending: asyncio.Task[None] | None = None
        self._is_sending = False

    @staticmethod
    def prepare(text: str) -> AsgiEvent:
        """A frame as this transport takes it; made once for all clients."""
        return {"type": "websocket.send", "text": text}

    def write(self, event: AsgiEvent) -> int:
        """Queue an event; returns how many characters were pending before."""
        before = self.pending_bytes
        self.pending_bytes += len(event["text"])
        self._put(event)
        return before

    def close(self, code: int, reason: str = "") -> None:
        """Close after what was written; what a slow reader would never get is dropped."""
        if self.pending_bytes > PENDING_BYTES:
            self._events.clear()
        self._put({"type": "websocket.close", "code": code, "reason": reason})
        asyncio.get_running_loop().call_later(CLOSE_SECONDS, self._abort)

    def _abort(self) -> None:
        """Abort the connection of a client that does not even read the close frame.

        ASGI has no word for it, and Uvicorn would keep such a connection, with all that is queued for it, forever. Its
        `send` is a method of the connection's protocol; on Daphne, which aborts such connections itself, it is not.
        """
        transport = getattr(getattr(self._send, "__self__", None), "transport", None)
        if transport is None:
            return
        # Without a reset the kernel would go on offering its buffer. A closing transport's descriptor may be reused.
        if not transport.is_closing():
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        transport.abort()

    def _put(self, event: AsgiEvent) -> None:
        self._events.append(event)
        if not self._is_sending:
            self._is_sending = True
            self._sending = start_eagerly(self._send_all())

    async def _send_all(self) -> None:
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
            self._is_sending = False


def start_eagerly(coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None] | None:
    """Run a coroutine up to its first wait, and make a task only of what is left.

    Daphne's `send` never waits, and Uvicorn's seldom: a task for each socket and flush would cost more than sending.
    (Python 3.12 has `asyncio.eager_task_factory` for this.)
    """
    try:
        awaited = coroutine.send(None)
    except StopIteration:
        return None
    return asyncio.get_running_loop().create_task(_continue(coroutine, awaited))


async def _continue(coroutine: Coroutine[Any, Any, None], awaited: Any) -> None:
    await _rest_of(coroutine, awaited)


@types.coroutine
def _rest_of(coroutine: Coroutine[Any, Any, None], awaited: Any) -> Generator[Any, Any, None]:
    yield awaited  # what the coroutine waits for since its first step
    yield from coroutine.__await__()
