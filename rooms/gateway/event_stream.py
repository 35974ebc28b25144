"""The chat where WebSockets are blocked: server-sent events down, frames up by POST."""

import asyncio
import contextlib
import hashlib
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings
from django.utils.translation import override

from common.tasks import BackgroundTasks
from rooms.client.connection import PREPARED_FRAMES, Connection
from rooms.client.send_queue import PENDING_BYTES, AsgiEvent, SendQueue
from rooms.hub.process import hub
from rooms.protocol.encoding import EncodedFrame
from rooms.protocol.errors import ChatError

from .consumer import ChatConsumer
from .handshake import header, is_own_origin, language_of, session_key_of
from .stream_router import StreamRouter

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[AsgiEvent]]
Send = Callable[[AsgiEvent], Awaitable[None]]

HEARTBEAT_SECONDS = 15  # proxies close silent connections, the strictest after 30
SILENCE_SECONDS = 90  # hidden pages may ping once a minute only
CLOSE_SECONDS = 5  # for a slow reader to get the end of the stream
QUEUED_FRAMES = 32
PENDING = "tertulia.pending_bytes"
# Some proxies and virus scanners pass nothing on before they have seen this much.
PADDING = ":" + " " * 2048
COMMON_HEADERS = [(b"cache-control", b"no-store, no-transform")]
STREAM_HEADERS = [*COMMON_HEADERS, (b"content-type", b"text/event-stream"), (b"x-accel-buffering", b"no")]


async def event_stream(scope: Scope, receive: Receive, send: Send) -> None:
    """`GET /sse/`: one client, as long as the response lasts."""
    if scope["method"] != "GET":
        await send_error(send, ChatError("not_a_method"), scope)
    elif not is_own_page(scope):
        await send_error(send, ChatError("foreign_origin"), scope)
    else:
        await Stream(scope, receive, send).run()


async def post(scope: Scope, receive: Receive, send: Send) -> None:
    """`POST /sse/<stream>/`: one frame of the client that holds the stream; 204, and the answer comes as an event."""
    try:
        text = await read_frame(scope, receive)
        name = scope["url_route"]["kwargs"]["name"]
        await hub().part(StreamRouter).post(name, proof_of(scope), text)
    except ChatError as error:
        await send_error(send, error, scope)
    else:
        await send({"type": "http.response.start", "status": 204, "headers": COMMON_HEADERS})
        await send({"type": "http.response.body", "body": b""})


async def read_frame(scope: Scope, receive: Receive) -> str | None:
    """Return the body as text, None if it is not UTF-8; raises `ChatError` for a wrong method, origin, type or size."""
    if scope["method"] != "POST":
        raise ChatError("not_a_method")
    # A form of another site could neither send this type nor know the stream's name.
    if not is_own_page(scope) or header(scope, b"content-type").split(";")[0].strip() != "application/json":
        raise ChatError("foreign_origin")
    body = await read_body(receive)
    if len(body) > 2 * settings.CHAT_FRAME_BYTES:  # up to there a frame is answered in the stream, as on the socket
        raise ChatError("frame_too_long")
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None


async def read_body(receive: Receive) -> bytes:
    """The request's body; of a long one only the beginning, the rest is discarded as it comes."""
    body, size, more = b"", 0, True
    while more and size <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        event = await receive()
        part = event.get("body", b"")
        size += len(part)
        more = event.get("more_body", False)
        if len(body) <= 2 * settings.CHAT_FRAME_BYTES:
            body += part
    return body


def is_own_page(scope: Scope) -> bool:
    """`is_own_origin`, and where the browser tells it: not requested by a page of another port of this host."""
    return is_own_origin(scope) and header(scope, b"sec-fetch-site") in ("", "none", "same-origin")


def proof_of(scope: Scope) -> str:
    """Return a digest of the request's token or session key, which POSTs to its stream must match."""
    shown = header(scope, b"authorization") or session_key_of(scope) or ""
    return hashlib.sha256(shown.encode()).hexdigest()


async def send_error(send: Send, error: ChatError, scope: Scope) -> None:
    """An error as JSON, in the shape of the REST calls."""
    with override(language_of(scope)):
        body = json.dumps({"error": {"code": error.code, "message": str(error.text)}}).encode()
    headers = [*COMMON_HEADERS, (b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    if error.status == 405:
        headers.append((b"allow", b"GET" if scope["path"] == "/sse/" else b"POST"))
    if error.retry_after is not None:
        headers.append((b"retry-after", b"%d" % max(1, round(error.retry_after))))
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class StreamTransport(SendQueue):
    """The outgoing side of one stream: pending is what `send` has not taken, and what the server itself buffers."""

    def __init__(self, send: Send, server_buffer: Callable[[], int], hang_up: Callable[[], None]) -> None:
        super().__init__(send)
        self._server_buffer = server_buffer
        self._hang_up = hang_up

    @property
    def is_idle(self) -> bool:
        """Whether nothing is pending."""
        return not self.pending_bytes and not self._server_buffer()

    def write(self, event: AsgiEvent) -> int:
        """Queue an event; returns how much was pending before."""
        buffered = self._server_buffer()
        return super().write(event) + buffered

    def close(self, code: int, reason: str = "") -> None:
        """Close after what was written."""
        super().close(code)
        # Where `send` waits for its reader, the close may wait behind it forever.
        asyncio.get_running_loop().call_later(CLOSE_SECONDS, self._hang_up)


class StreamConnection(Connection):
    """A connection that cannot use what was prepared for sockets."""

    _transport: StreamTransport

    def write(self, frame: EncodedFrame) -> None:
        """Send a frame."""
        if not self.is_closed and self._transport.write(self._transport.prepare(frame.text)) > PENDING_BYTES:
            self.close(4008)

    def write_if_idle(self, frame: EncodedFrame) -> None:
        """Send a frame, unless anything else is pending."""
        if not self.is_closed and self._transport.is_idle:
            self._transport.write(self._transport.prepare(frame.text))


class StreamConsumer(ChatConsumer):
    """One connection to `/sse/`."""

    transport = "sse"
    connection_class = StreamConnection


class Stream:
    """One response to `GET /sse/`, adapted to the WebSocket events that `ChatConsumer` handles."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.proof = proof_of(scope)
        self._receive = receive
        self._send = send
        server_buffer = scope.get("extensions", {}).get(PENDING, {}).get("count", lambda: 0)
        transport = StreamTransport(self._pass_on, server_buffer, self._hang_up)
        self._transport = transport
        self._scope = {**scope, "type": "websocket", "extensions": {PREPARED_FRAMES: {"transport": transport}}}
        self._events: asyncio.Queue[AsgiEvent] = asyncio.Queue()
        self._name = ""
        self._is_open = False
        self._received_at = time.monotonic()

    async def run(self) -> None:
        """Serve the stream until either side ends it."""
        router = hub().part(StreamRouter)
        self._name = await router.open(self)
        self._events.put_nowait({"type": "websocket.connect"})
        tasks = BackgroundTasks()
        tasks.start(self._watch_disconnect(), "watching a stream's end")
        tasks.start(self._send_heartbeats(), "heartbeats of a stream")
        try:
            await StreamConsumer()(self._scope, self._events.get, self._pass_on)
        finally:
            router.close_stream(self._name)
            await tasks.close()
            await self._end()

    def take(self, text: str | None) -> None:
        """Queue a frame that was posted; raises `busy`."""
        self._received_at = time.monotonic()
        if self._events.qsize() >= QUEUED_FRAMES:
            raise ChatError("busy", retry_after=1)
        self._events.put_nowait({"type": "websocket.receive", "text": text})

    async def _watch_disconnect(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._hang_up()

    async def _send_heartbeats(self) -> None:
        """Keep proxies from closing the connection; hang up after a long silence, which may be a dead connection."""
        while time.monotonic() - self._received_at < SILENCE_SECONDS:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            if self._is_open:
                self._transport.write({"type": "beat", "text": ":\n\n"})
        self._hang_up()

    def _hang_up(self) -> None:
        self._events.put_nowait({"type": "websocket.disconnect", "code": 1006})

    async def _pass_on(self, event: AsgiEvent) -> None:
        """Send a WebSocket event as part of the stream."""
        if event["type"] == "websocket.accept":
            await self._begin()
        elif event["type"] == "websocket.send":
            await self._write(f"data: {event['text']}\n\n")
        elif event["type"] == "beat":
            await self._write(event["text"])
        else:
            await self._write(f"event: close\ndata: {event['code']}\n\n")
            await self._end()
            self._hang_up()

    async def _begin(self) -> None:
        self._is_open = True
        await self._send({"type": "http.response.start", "status": 200, "headers": STREAM_HEADERS})
        await self._write(f"{PADDING}\n\nevent: stream\ndata: {self._name}\n\n")

    async def _write(self, text: str) -> None:
        if self._is_open:
            await self._send({"type": "http.response.body", "body": text.encode(), "more_body": True})

    async def _end(self) -> None:
        if self._is_open:
            self._is_open = False
            with contextlib.suppress(Exception):  # each server has its own error for a peer that is gone
                async with asyncio.timeout(CLOSE_SECONDS):
                    await self._send({"type": "http.response.body", "body": b""})
