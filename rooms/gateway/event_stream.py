"""The chat where WebSockets are blocked: frames down as server-sent events, frames up by POST."""

import asyncio
import contextlib
import hashlib
import json
import time
from collections.abc import Callable

from django.conf import settings
from django.utils.translation import override

from rooms.client.connection import PENDING_BYTES, PREPARED_FRAMES, Connection, SendQueue
from rooms.delivery.hub import hub
from rooms.protocol.errors import ChatError

from .consumer import ChatConsumer
from .handshake import header, is_own_origin, language_of, session_key_of

BEAT_SECONDS = 15  # proxies cut lines that say nothing, the strictest after 30
SILENCE_SECONDS = 90  # hidden pages may ping once a minute only
LEAVE_SECONDS = 5  # for a reader who is too slow, to learn of the end
QUEUED_FRAMES = 32
PENDING = "tertulia.pending_bytes"
# Some proxies and virus scanners pass nothing on before they have seen this much.
PADDING = ":" + " " * 2048
COMMON_HEADERS = [(b"cache-control", b"no-store, no-transform")]
STREAM_HEADERS = [*COMMON_HEADERS, (b"content-type", b"text/event-stream"), (b"x-accel-buffering", b"no")]


async def event_stream(scope, receive, send):
    """`GET /sse/`: one client, as long as the answer lasts."""
    if scope["method"] != "GET":
        await answer(send, ChatError("not_a_method"), scope)
    elif not is_own_page(scope):
        await answer(send, ChatError("foreign_origin"), scope)
    else:
        await Stream(scope, receive, send).run()


async def post(scope, receive, send):
    """`POST /sse/<stream>/`: one frame of the client which holds the stream; 204, and the answer comes as an event."""
    try:
        text = await frame_of(scope, receive)
        name = scope["url_route"]["kwargs"]["name"]
        await hub().switchboard.post(name, proof_of(scope), text)
    except ChatError as error:
        await answer(send, error, scope)
    else:
        await send({"type": "http.response.start", "status": 204, "headers": COMMON_HEADERS})
        await send({"type": "http.response.body", "body": b""})


async def frame_of(scope, receive):
    """The body as text, None if it is none; raises `ChatError` for what no page of ours would send."""
    if scope["method"] != "POST":
        raise ChatError("not_a_method")
    # A form of another site could neither send this type nor know the stream's name.
    if not is_own_page(scope) or header(scope, b"content-type").split(";")[0].strip() != "application/json":
        raise ChatError("foreign_origin")
    body = await body_of(receive)
    if len(body) > 2 * settings.CHAT_FRAME_BYTES:  # up to there a frame is answered in the stream, as on the socket
        raise ChatError("frame_too_long")
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None


async def body_of(receive):
    """The request's body; of a long one only the beginning, the rest is thrown away as it comes."""
    body, size, more = b"", 0, True
    while more and size <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        event = await receive()
        part = event.get("body", b"")
        size += len(part)
        more = event.get("more_body", False)
        if len(body) <= 2 * settings.CHAT_FRAME_BYTES:
            body += part
    return body


def is_own_page(scope):
    """`is_own_origin`, and where the browser tells it: not asked for by a page of a neighbouring port."""
    return is_own_origin(scope) and header(scope, b"sec-fetch-site") in ("", "none", "same-origin")


def proof_of(scope):
    """What the one who opened a stream can show again, fit to be passed on to other processes."""
    shown = header(scope, b"authorization") or session_key_of(scope) or ""
    return hashlib.sha256(shown.encode()).hexdigest()


async def answer(send, error, scope):
    """A refusal as JSON, in the shape of the REST calls."""
    with override(language_of(scope)):
        body = json.dumps({"error": {"code": error.code, "message": str(error.text)}}).encode()
    headers = [*COMMON_HEADERS, (b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    if error.status == 405:
        headers.append((b"allow", b"GET" if scope["path"] == "/sse/" else b"POST"))
    if error.retry_after is not None:
        headers.append((b"retry-after", b"%d" % max(1, round(error.retry_after))))
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class Wire(SendQueue):
    """The way out of one stream: what is pending is what `send` has not taken, and what the server itself holds."""

    def __init__(self, send, held_by_server: Callable[[], int], hang_up: Callable[[], None]):
        super().__init__(send)
        self._held_by_server = held_by_server
        self._hang_up = hang_up

    @property
    def is_idle(self):
        return not self.pending_bytes and not self._held_by_server()

    def write(self, event):
        held = self._held_by_server()
        return super().write(event) + held

    def close(self, code, reason=""):
        super().close(code)
        # Where `send` waits for its reader, the close may wait behind it without an end.
        asyncio.get_running_loop().call_later(LEAVE_SECONDS, self._hang_up)


class StreamConnection(Connection):
    """A connection whose letters are not those that were prepared for sockets."""

    transport = "sse"

    def write(self, encoded):
        if not self.closed and self._wire.write(self._wire.prepare(encoded.text)) > PENDING_BYTES:
            self.close(4008)

    def whisper(self, encoded):
        if not self.closed and self._wire.is_idle:
            self._wire.write(self._wire.prepare(encoded.text))


class StreamConsumer(ChatConsumer):
    """One connection to `/sse/`."""

    transport = "sse"
    connection_class = StreamConnection


class Stream:
    """One answer to `GET /sse/`, dressed as the WebSocket that `ChatConsumer` knows."""

    def __init__(self, scope, receive, send):
        self.proof = proof_of(scope)
        self._receive = receive
        self._send = send
        held_by_server = scope.get("extensions", {}).get(PENDING, {}).get("count", lambda: 0)
        self._wire = Wire(self._pass_on, held_by_server, self._hang_up)
        self._scope = {**scope, "type": "websocket", "extensions": {PREPARED_FRAMES: {"wire": self._wire}}}
        self._events = asyncio.Queue()
        self._name = ""
        self._is_open = False
        self._heard_at = time.monotonic()

    async def run(self):
        self._name = await hub().switchboard.open(self)
        self._events.put_nowait({"type": "websocket.connect"})
        others = [asyncio.ensure_future(self._watch()), asyncio.ensure_future(self._beat())]
        try:
            await StreamConsumer()(self._scope, self._events.get, self._pass_on)
        finally:
            hub().switchboard.close(self._name)
            for task in others:
                task.cancel()
            await self._end()

    def take(self, text):
        """A frame that was posted; raises `busy`."""
        self._heard_at = time.monotonic()
        if self._events.qsize() >= QUEUED_FRAMES:
            raise ChatError("busy", retry_after=1)
        self._events.put_nowait({"type": "websocket.receive", "text": text})

    async def _watch(self):
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._hang_up()

    async def _beat(self):
        """Keep the line warm; and hang up on who has not been heard for long, for a dead line says nothing."""
        while time.monotonic() - self._heard_at < SILENCE_SECONDS:
            await asyncio.sleep(BEAT_SECONDS)
            if self._is_open:
                self._wire.write({"type": "beat", "text": ":\n\n"})
        self._hang_up()

    def _hang_up(self):
        self._events.put_nowait({"type": "websocket.disconnect", "code": 1006})

    async def _pass_on(self, event):
        """What is said to a WebSocket, said to a stream."""
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

    async def _begin(self):
        self._is_open = True
        await self._send({"type": "http.response.start", "status": 200, "headers": STREAM_HEADERS})
        await self._write(f"{PADDING}\n\nevent: stream\ndata: {self._name}\n\n")

    async def _write(self, text):
        if self._is_open:
            await self._send({"type": "http.response.body", "body": text.encode(), "more_body": True})

    async def _end(self):
        if self._is_open:
            self._is_open = False
            with contextlib.suppress(Exception):  # each server has its own error for a peer that is gone
                async with asyncio.timeout(LEAVE_SECONDS):
                    await self._send({"type": "http.response.body", "body": b""})
