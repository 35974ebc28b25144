"""The way out to one client, in order, never waiting."""

import asyncio
from collections import deque

from django.utils.translation import override

from .frames import encode, refusal

PENDING_BYTES = 1024 * 1024


class Connection:
    """Queues what a client is told; a client that lets more than `PENDING_BYTES` pile up is closed with 4008."""

    def __init__(self, send, language):
        self.language = language
        self.closed = False
        self._send = send
        self._frames = deque()
        self._pending_bytes = 0
        self._writing = None

    def tell(self, frame):
        """Queue a frame given as a dict."""
        self.write(encode(frame))

    def write(self, text):
        """Queue a frame already encoded, perhaps for many."""
        if self.closed:
            return
        self._pending_bytes += len(text)
        if self._pending_bytes > PENDING_BYTES:
            self.close(4008)
            return
        self._put({"type": "websocket.send", "text": text})

    def refuse(self, error, frame_id=None):
        """Tell of a `ChatError`, in this reader's language."""
        with override(self.language):
            self.tell(refusal(error, frame_id))

    def close(self, code):
        """Close after what is queued; nothing can be told afterwards."""
        if not self.closed:
            self._put({"type": "websocket.close", "code": code})
            self.closed = True

    def _put(self, event):
        self._frames.append(event)
        if self._writing is None:
            self._writing = asyncio.ensure_future(self._drain())

    async def _drain(self):
        try:
            while self._frames:
                event = self._frames.popleft()
                await self._send(event)
                self._pending_bytes -= len(event.get("text", ""))
        except Exception:  # each server has its own error for a peer that is gone
            self.closed = True
            self._frames.clear()
        finally:
            self._writing = None
