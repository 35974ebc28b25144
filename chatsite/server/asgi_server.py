"""The production server: Daphne's, with prepared frames, size limits, backpressure and a graceful shutdown."""

import asyncio
import contextlib
import os
import threading
import time
import weakref
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from daphne.http_protocol import WebRequest
from daphne.server import (
    Server as DaphneServer,  # installs Twisted's asyncio reactor, so it comes before all of Twisted
)
from twisted.internet import reactor as installed_reactor
from twisted.internet.defer import Deferred

from common.http.asgi_types import Application, Event, Receive, Scope, Send

from .accepting import accept_pending, limit_accepts
from .http_channel import ErrorChannel
from .websocket import ServerWebSocket, WebSocketTransport, is_unencrypted, unsent_bytes

reactor: Any = installed_reactor  # an object that its type describes as a module

PREPARED_FRAMES = "tertulia.prepared_frames"
PENDING_BYTES = "tertulia.pending_bytes"
RESTARTING = 1012
# Daphne needs the timeout to be the shorter of the two.
PING_SECONDS, PING_TIMEOUT_SECONDS = 20, 10
CLOSE_HANDSHAKE_SECONDS = 5
# In all less than the 10 s after which process managers send SIGKILL.
DRAIN_SECONDS, LEAVE_SECONDS, EXIT_SECONDS = 6, 1, 9
FIRST_REQUEST_SECONDS = 1  # grace at shutdown for a new connection whose first request has not arrived
POLL_SECONDS = 0.05
NEVER = -1


class LimitedRequest(WebRequest):
    """An HTTP request whose body beyond the server's limit is answered with 413 and not kept."""

    body_bytes = 0

    def __init__(self, channel: ErrorChannel, *args: Any, **options: Any) -> None:
        super().__init__(channel, *args, **options)
        self.server.request_began(channel)

    def gotLength(self, length: int | None) -> None:
        """Check the announced length."""
        super().gotLength(length)
        if (length or 0) > self.server.body_bytes:
            self._refuse()

    def handleContentChunk(self, data: bytes) -> None:
        """Keep a part of the body."""
        self.body_bytes += len(data)
        if self.body_bytes > self.server.body_bytes:
            self._refuse()
        if not self.channel.is_refused:
            super().handleContentChunk(data)

    def process(self) -> None:
        """Pass the complete request to the application."""
        channel = self.channel
        if channel.is_refused:
            return
        super().process()
        if self.transport is None:  # upgraded to a WebSocket
            channel.requests.clear()  # a reference cycle

    def _refuse(self) -> None:
        self.requestHeaders.removeHeader(b"Expect")  # or Twisted would send 100 Continue after the 413
        self.channel.refuse(413)


class ASGIServer(DaphneServer):
    """Serves an ASGI application on `endpoints` (Twisted's descriptions) until SIGTERM or SIGINT.

    Request bodies over `body_bytes` are answered with 413, messages over `message_bytes` with close code 1009.
    `ready()` is called once the server listens. At shutdown `drain()` is awaited first, for the application to close
    its sockets, and `leave()` after the last connection has ended.
    """

    def __init__(
        self,
        application: Application,
        endpoints: list[str],
        *,
        body_bytes: int,
        message_bytes: int,
        drain: Callable[[], Awaitable[None]],
        leave: Callable[[], Awaitable[None]] | None = None,
        ready: Callable[[], object] | None = None,
    ) -> None:
        super().__init__(
            backpressure_middleware(application),
            endpoints,
            ping_interval=PING_SECONDS,
            ping_timeout=PING_TIMEOUT_SECONDS,
            websocket_timeout=NEVER,
            websocket_max_message_size=message_bytes,
            websocket_max_frame_size=message_bytes,
            ready_callable=self._configure_factories,
            server_name="",
        )
        self.body_bytes = body_bytes
        self._drain = drain
        self._leave = leave
        self._ready = ready
        self._ports: list[Any] = []
        # Connections without a request so far, and when they were opened.
        self._idle: weakref.WeakKeyDictionary[ErrorChannel, float] = weakref.WeakKeyDictionary()

    def _configure_factories(self) -> None:
        """Replace Daphne's protocols by ours; `run` has made the factories and does not listen yet."""
        self.ws_factory.protocol = ServerWebSocket
        # Send a close frame with the reason before the connection ends; Daphne's second would be too short for clients
        # on slow networks to read it.
        self.ws_factory.setProtocolOptions(failByDrop=False, closeHandshakeTimeout=CLOSE_HANDSHAKE_SECONDS)
        self.http_factory.protocol = ErrorChannel
        build_channel = self.http_factory.buildProtocol

        def build_our_channel(address: Any) -> Any:
            channel = build_channel(address)
            channel.requestFactory = LimitedRequest
            self._idle[channel] = time.monotonic()
            return channel

        self.http_factory.buildProtocol = build_our_channel

    def request_began(self, channel: ErrorChannel) -> None:
        """Record that the connection has a request."""
        self._idle.pop(channel, None)

    def listen_success(self, port: Any) -> None:
        """Start to accept connections."""
        self._ports.append(port)
        limit_accepts(port)
        super().listen_success(port)
        if self._ready:
            reactor.callWhenRunning(self._ready)

    def create_application(self, protocol: Any, scope: Scope) -> Any:
        """Start the application for one connection or request, with our extensions in its scope."""
        if scope["type"] == "websocket" and is_unencrypted(protocol.transport):
            protocol.prepared_transport = WebSocketTransport(protocol)
            scope["extensions"] = {PREPARED_FRAMES: {"transport": protocol.prepared_transport}}
        elif scope["type"] == "http":
            # For event streams: how much the client has not read.
            scope["extensions"] = {PENDING_BYTES: {"count": partial(unsent_bytes, protocol.transport)}}
        return super().create_application(protocol, scope)

    def kill_all_applications(self) -> Deferred[None]:
        """Shut down gracefully; the reactor calls this before it stops, and waits for the result."""
        # A thread that waits for a dead database would keep the process alive.
        watchdog = threading.Timer(EXIT_SECONDS, os._exit, [1])
        watchdog.daemon = True
        watchdog.start()
        return Deferred.fromFuture(asyncio.ensure_future(self._shut_down()))

    async def _shut_down(self) -> None:
        for port in self._ports:
            accept_pending(port)
            port.stopListening()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                await self._drain()
                await self._wait_until_idle()
        running = [task for task in map(running_task, self.connections.values()) if task]
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running, timeout=LEAVE_SECONDS)
        if self._leave:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._leave(), LEAVE_SECONDS)

    async def _wait_until_idle(self) -> None:
        """Wait until every request is answered, every socket is closed, and all output is sent."""
        while any(map(is_busy, self.connections.values())) or reactor.getWriters() or self._expects_request():
            for protocol in list(self.connections):
                if isinstance(protocol, ServerWebSocket):
                    protocol.start_close(RESTARTING, "restarting")
            await asyncio.sleep(POLL_SECONDS)

    def _expects_request(self) -> bool:
        """Return whether a connection is so new that its first request may still be on its way."""
        since = time.monotonic() - FIRST_REQUEST_SECONDS
        fresh = [channel.transport for channel, at in list(self._idle.items()) if at > since]
        return any(transport is not None and transport.connected for transport in fresh)


def running_task(connection: dict[str, Any]) -> "asyncio.Task[None] | None":
    """Return the application's task of a connection, while it runs (`connection` is Daphne's record)."""
    task = connection.get("application_instance")
    return task if task and not task.done() else None


def is_busy(connection: dict[str, Any]) -> bool:
    """Return whether a connection is open, or its application still runs (`connection` is Daphne's record)."""
    return "disconnected" not in connection or running_task(connection) is not None


def backpressure_middleware(application: Application) -> Application:
    """Wrap an ASGI application: read a WebSocket only as fast as it takes messages, one in each turn of the loop."""

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        transport = scope.get("extensions", {}).get(PREPARED_FRAMES, {}).get("transport")

        async def receive_and_resume() -> Event:
            event = await receive()
            if transport.message_taken():
                await asyncio.sleep(0)  # fairness: other connections run before the next message
            return event

        await application(scope, receive_and_resume if transport else receive, send)

    return handle
