"""The production server: Daphne's, with prepared frames, limits, and an end in good order."""

import asyncio
import contextlib
import os
import select
import threading
import time
import weakref
from functools import partial
from typing import Any

from daphne.http_protocol import WebRequest
from daphne.server import Server as DaphneServer  # installs Twisted's asyncio reactor, so before all of Twisted
from twisted.internet import reactor as installed_reactor
from twisted.internet.defer import Deferred

from .http_channel import Channel
from .websocket import WebSocket, Wire, is_plain

reactor: Any = installed_reactor  # an object that its type describes as a module

PREPARED_FRAMES = "tertulia.prepared_frames"
PENDING_BYTES = "tertulia.pending_bytes"
RESTARTING = 1012
# Daphne needs the time-out to be the shorter of the two.
PING_SECONDS, PING_TIMEOUT_SECONDS = 20, 10
CLOSE_HANDSHAKE_SECONDS = 5
# Together below the 10 s that whoever sends SIGTERM may be patient for.
DRAIN_SECONDS, LEAVE_SECONDS, EXIT_SECONDS = 6, 1, 9
# How long one that connected just now may take to say what it wants, before the end comes all the same.
FIRST_WORDS_SECONDS = 1
ROUNDS_AT_THE_DOOR = 100  # each takes in many; where no file may be opened any more they take in nobody
LOOK_SECONDS = 0.05
# To make one connection takes two milliseconds: others have their turn before the next one.
TAKEN_IN_AT_ONCE = 1
NEVER = -1


class Request(WebRequest):
    """One HTTP request; a body beyond the server's limit is answered with 413, and not kept."""

    body_bytes = 0

    def __init__(self, channel, *args, **options):
        super().__init__(channel, *args, **options)
        self.server.has_spoken(channel)

    def gotLength(self, length):
        super().gotLength(length)
        if (length or 0) > self.server.body_bytes:
            self._refuse()

    def handleContentChunk(self, data):
        self.body_bytes += len(data)
        if self.body_bytes > self.server.body_bytes:
            self._refuse()
        if not self.channel.is_refused:
            super().handleContentChunk(data)

    def process(self):
        channel = self.channel
        if channel.is_refused:
            return
        super().process()
        if self.transport is None:  # it is a WebSocket's now
            channel.requests.clear()  # or each would hold the other until the next search for garbage

    def _refuse(self):
        self.requestHeaders.removeHeader(b"Expect")  # or Twisted would answer 100 Continue after this
        self.channel.refuse(413)


class Server(DaphneServer):
    """Serves an ASGI application on `endpoints` (Twisted's descriptions) until SIGTERM or SIGINT.

    Longer requests than `body_bytes` get 413, longer messages than `message_bytes` the close code 1009. `ready()` is
    called once it listens. At the end `drain()` is awaited while everything still runs: the application takes leave of
    its sockets; and `leave()` when the last of them is gone.
    """

    def __init__(self, application, endpoints, *, body_bytes, message_bytes, drain, leave=None, ready=None):
        super().__init__(
            read_at_its_pace(application),
            endpoints,
            ping_interval=PING_SECONDS,
            ping_timeout=PING_TIMEOUT_SECONDS,
            websocket_timeout=NEVER,
            websocket_max_message_size=message_bytes,
            websocket_max_frame_size=message_bytes,
            ready_callable=self._refine_factories,
            server_name="",
        )
        self.body_bytes = body_bytes
        self._drain = drain
        self._leave = leave
        self._ready = ready
        self._ports = []
        self._silent = weakref.WeakKeyDictionary()  # channel: when it was opened; nothing has come over it yet

    def _refine_factories(self):
        """`run` has made the factories and not begun yet."""
        self.ws_factory.protocol = WebSocket
        # Say why before closing; and a second, as is, would reset slow lines before they have read it.
        self.ws_factory.setProtocolOptions(failByDrop=False, closeHandshakeTimeout=CLOSE_HANDSHAKE_SECONDS)
        self.http_factory.protocol = Channel
        build_channel = self.http_factory.buildProtocol

        def build_our_channel(address):
            channel = build_channel(address)
            channel.requestFactory = Request
            self._silent[channel] = time.monotonic()
            return channel

        self.http_factory.buildProtocol = build_our_channel

    def has_spoken(self, channel):
        """A request has begun there."""
        self._silent.pop(channel, None)

    def listen_success(self, port):
        self._ports.append(port)
        take_few_at_once(port)
        super().listen_success(port)
        if self._ready:
            reactor.callWhenRunning(self._ready)

    def create_application(self, protocol, scope):
        if scope["type"] == "websocket" and is_plain(protocol.transport):
            protocol.wire = Wire(protocol)
            scope["extensions"] = {PREPARED_FRAMES: {"wire": protocol.wire}}
        elif scope["type"] == "http":
            # For answers that go on and on: how much of what was sent the client has not read.
            scope["extensions"] = {PENDING_BYTES: {"count": partial(held_back, protocol.transport)}}
        return super().create_application(protocol, scope)

    def kill_all_applications(self):
        """The reactor calls this before it stops, and waits for the answer."""
        # A thread that waits for a dead database must not hold the process up.
        watchdog = threading.Timer(EXIT_SECONDS, os._exit, [1])
        watchdog.daemon = True
        watchdog.start()
        return Deferred.fromFuture(asyncio.ensure_future(self._end()))

    async def _end(self):
        for port in self._ports:
            take_all_who_wait(port)
            port.stopListening()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                await self._drain()
                await self._quiet()
        running = [task for task in map(application_of, self.connections.values()) if task]
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running, timeout=LEAVE_SECONDS)
        if self._leave:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._leave(), LEAVE_SECONDS)

    async def _quiet(self):
        """Wait until every request is answered, every socket closed, and all of it sent."""
        while any(map(is_busy, self.connections.values())) or reactor.getWriters() or self._is_about_to_be_asked():
            for protocol in list(self.connections):
                if isinstance(protocol, WebSocket):
                    protocol.end(RESTARTING, "restarting")
            await asyncio.sleep(LOOK_SECONDS)

    def _is_about_to_be_asked(self):
        """Whether somebody has connected a moment ago whose request is still on its way."""
        moment = time.monotonic() - FIRST_WORDS_SECONDS
        return any(at > moment and channel.transport.connected for channel, at in list(self._silent.items()))


def take_few_at_once(port):
    """Let those who wait at the door come in by turns with everything else."""
    take_in = port.doRead

    def take_in_few():
        port.numberAccepts = TAKEN_IN_AT_ONCE
        take_in()

    port.doRead = take_in_few


def take_all_who_wait(port):
    """Let in whom the kernel has let in: closed over their heads, the port would reset their connections."""
    del port.doRead  # ours: nobody else's turn comes any more
    with contextlib.suppress(OSError, ValueError):
        for _round in range(ROUNDS_AT_THE_DOOR):
            if not select.select([port.socket], [], [], 0)[0]:
                break
            port.doRead()


def held_back(transport):
    """How many bytes written to the transport the kernel has not taken, as far as it can be told."""
    return len(transport.dataBuffer) - transport.offset + transport._tempDataLen if is_plain(transport) else 0


def application_of(connection):
    """The task that answers a connection, while it runs (`connection` is Daphne's record of it)."""
    task = connection.get("application_instance")
    return task if task and not task.done() else None


def is_busy(connection):
    return "disconnected" not in connection or application_of(connection)


def read_at_its_pace(application):
    """The application, with each WebSocket read only as fast as it takes the messages, one a turn of the loop."""

    async def paced(scope, receive, send):
        wire = scope.get("extensions", {}).get(PREPARED_FRAMES, {}).get("wire")

        async def receive_and_go_on():
            event = await receive()
            if wire.go_on():
                await asyncio.sleep(0)  # others have their turn before the next one
            return event

        await application(scope, receive_and_go_on if wire else receive, send)

    return paced
