"""A TCP proxy that injects network failures."""

import asyncio
import contextlib
import re
from collections.abc import Callable
from typing import Protocol

from tests.services import free_port
from tests.waiting import let_pass

CHUNK_BYTES = 65536
SLOW_SECONDS = 0.05
MODES = ("ok", "hang", "blackhole", "slow", "reset")


class Interceptor(Protocol):
    """Inspects the chunks of each connection; both methods return the bytes to forward."""

    def request(self, connection: "ProxiedConnection", data: bytes) -> bytes: ...

    def response(self, connection: "ProxiedConnection", data: bytes) -> bytes: ...


class Proxy:
    """A TCP proxy in front of a local port.

    Modes: `ok` forwards everything. `hang` holds data back and forwards it after the next switch. `blackhole` discards
    everything, FIN included, so that both sides are left half-open. `slow` delays every chunk. `reset` aborts all
    connections, new ones too. The `interceptor`, if set, sees and may change every chunk.
    """

    def __init__(self, target_port: int) -> None:
        self.port = free_port()
        self.target_port = target_port
        self.mode = "ok"
        self.interceptor: Interceptor | None = None
        self._connections: set[ProxiedConnection] = set()
        self._tasks: set[asyncio.Task] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()

    @property
    def url(self) -> str:
        """The HTTP address of a web server behind the proxy."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)

    async def close(self) -> None:
        self._server.close()
        self.switch("reset")
        if self._tasks:
            await asyncio.wait(self._tasks)

    def switch(self, mode: str) -> None:
        """Change the mode, one of `MODES`."""
        assert mode in MODES, mode
        # The streams of blackholed connections have lost bytes: they cannot be resumed, only reset.
        if mode == "reset" or self.mode == "blackhole":
            self.abort_all()
        self.mode = mode
        if mode == "hang":
            self._flowing.clear()
        else:
            self._flowing.set()

    def abort_all(self) -> None:
        """Reset every open connection."""
        for connection in list(self._connections):
            connection.abort()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.mode == "reset":
            writer.transport.abort()
            return
        connection = ProxiedConnection(self, reader, writer)
        self._connections.add(connection)
        self._tasks.add(task := asyncio.current_task())
        try:
            await connection.run()
        finally:
            self._connections.discard(connection)
            self._tasks.discard(task)

    async def forward(self, data: bytes) -> bytes:
        """Apply the mode to a chunk; the bytes to forward, possibly after a delay."""
        if self.mode == "slow":
            await let_pass(SLOW_SECONDS)
        await self._flowing.wait()
        return b"" if self.mode == "blackhole" else data


class ProxiedConnection:
    """One connection through the proxy; `flags` hold the interceptor's state for it."""

    def __init__(self, proxy: Proxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.flags: set[str] = set()
        self._proxy = proxy
        self._client = (reader, writer)
        self._upstream: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._aborted = asyncio.Event()

    async def run(self) -> None:
        """Forward in both directions until either side ends or the connection is aborted."""
        client_reader, client_writer = self._client
        try:
            await self._proxy.forward(b"")
            upstream = await asyncio.open_connection("127.0.0.1", self._proxy.target_port)
            self._upstream = upstream_reader, upstream_writer = upstream
        except OSError:
            self.abort()
            return
        pumps = [
            asyncio.ensure_future(self._pump(client_reader, upstream_writer, "request")),
            asyncio.ensure_future(self._pump(upstream_reader, client_writer, "response")),
            asyncio.ensure_future(self._aborted.wait()),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            self.abort()

    def abort(self) -> None:
        """Reset both sides."""
        self._aborted.set()
        for _reader, writer in filter(None, (self._client, self._upstream)):
            writer.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, direction: str) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(CHUNK_BYTES):
                data = await self._proxy.forward(data)
                if self._proxy.interceptor:
                    data = getattr(self._proxy.interceptor, direction)(self, data)
                writer.write(data)
                await writer.drain()
        if self._proxy.mode == "blackhole":
            await self._aborted.wait()


class CommitResponseDropper:
    """Drops PostgreSQL's response to the COMMIT of new messages and resets the connection.

    `then()` runs at that moment: the transaction is committed, and the server cannot know.
    """

    def __init__(self, times: int = 1, then: Callable[[], object] = lambda: None) -> None:
        self.remaining = times
        self._then = then

    def request(self, connection: ProxiedConnection, data: bytes) -> bytes:
        if re.search(rb'INSERT INTO "?rooms_message', data):
            connection.flags.add("wrote")
        if b"COMMIT\0" in data and "wrote" in connection.flags:
            connection.flags = {"committing"}
        return data

    def response(self, connection: ProxiedConnection, data: bytes) -> bytes:
        if "committing" not in connection.flags:
            return data
        connection.flags.clear()
        if not self.remaining:
            return data
        self.remaining -= 1
        connection.abort()
        self._then()
        return b""


class CommitBlocker(CommitResponseDropper):
    """Drops the last statements and their COMMIT; `then()` runs with the rooms locked and nothing committed."""

    def request(self, connection: ProxiedConnection, data: bytes) -> bytes:
        data = super().request(connection, data)
        if not self.remaining or "committing" not in connection.flags:
            return data
        self.remaining -= 1
        connection.abort()
        self._then()
        return b""


class PublishBlocker:
    """Drops the next PUBLISH on its way to Redis; `then()` runs with its messages committed and not published."""

    def __init__(self, then: Callable[[], object]) -> None:
        self.remaining = 1
        self._then = then

    def request(self, connection: ProxiedConnection, data: bytes) -> bytes:
        if not self.remaining or b"PUBLISH" not in data or b"saved" not in data:
            return data
        self.remaining -= 1
        connection.abort()
        self._then()
        return b""

    def response(self, connection: ProxiedConnection, data: bytes) -> bytes:
        return data


class PublishDropper:
    """Drops the next publication to one Redis subscriber and keeps its connection open."""

    def __init__(self) -> None:
        self.dropped = 0

    def request(self, connection: ProxiedConnection, data: bytes) -> bytes:
        return data

    def response(self, connection: ProxiedConnection, data: bytes) -> bytes:
        # Only publications carry this word, not responses to PUBLISH or SUBSCRIBE; such tests publish one at a time.
        if self.dropped or b"saved" not in data:
            return data
        self.dropped += 1
        return b""


class UpgradeStripper:
    """Removes the Upgrade header, as HTTP proxies without WebSocket support do."""

    def request(self, connection: ProxiedConnection, data: bytes) -> bytes:
        return data.replace(b"Upgrade: websocket\r\n", b"X-Lost: websocket\r\n")

    def response(self, connection: ProxiedConnection, data: bytes) -> bytes:
        return data


class SocketBlackhole:
    """Forwards the WebSocket handshake and then discards every frame, as some middleboxes do."""

    def request(self, connection: ProxiedConnection, data: bytes) -> bytes:
        if "upgraded" in connection.flags:
            return b""
        if b"Upgrade: websocket\r\n" in data:
            connection.flags.add("upgraded")
        return data

    def response(self, connection: ProxiedConnection, data: bytes) -> bytes:
        if "upgraded" not in connection.flags:
            return data
        head, blank, _frames = data.partition(b"\r\n\r\n")
        return head + blank if data.startswith(b"HTTP/") else b""
