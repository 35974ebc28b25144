"""A TCP proxy that can be switched into the ways in which a network fails."""

import asyncio
import contextlib
import re

from tests.services import free_port
from tests.waiting import let_pass

CHUNK_BYTES = 65536
SLOW_SECONDS = 0.05
MODES = ("ok", "hang", "blackhole", "slow", "reset")


class Proxy:
    """Stands before a port of this machine.

    `ok` passes everything on. `hang` keeps everything back and passes it on later. `blackhole` swallows everything,
    the ends of connections too, so both sides are left half-open. `slow` adds a delay to every chunk. `reset` breaks
    all connections and every new one. An `interceptor` may look at what passes: `request(link, data)` and
    `answer(link, data)` return what is passed on.
    """

    def __init__(self, target_port):
        self.port = free_port()
        self.target_port = target_port
        self.mode = "ok"
        self.interceptor = None
        self._links = set()
        self._tasks = set()
        self._flowing = asyncio.Event()
        self._flowing.set()

    @property
    def url(self):
        """Where a web site is that stands behind."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self):
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)

    async def close(self):
        self._server.close()
        self.switch("reset")
        if self._tasks:
            await asyncio.wait(self._tasks)

    def switch(self, mode):
        assert mode in MODES, mode
        # What fell into the black hole is missing from its stream: such a connection can only end.
        if mode == "reset" or self.mode == "blackhole":
            self.abort_all()
        self.mode = mode
        if mode == "hang":
            self._flowing.clear()
        else:
            self._flowing.set()

    def abort_all(self):
        for link in list(self._links):
            link.abort()

    async def _accept(self, reader, writer):
        if self.mode == "reset":
            writer.transport.abort()
            return
        link = Link(self, reader, writer)
        self._links.add(link)
        self._tasks.add(task := asyncio.current_task())
        try:
            await link.run()
        finally:
            self._links.discard(link)
            self._tasks.discard(task)

    async def let_through(self, data):
        """What is passed on of `data`, once it may be."""
        if self.mode == "slow":
            await let_pass(SLOW_SECONDS)
        await self._flowing.wait()
        return b"" if self.mode == "blackhole" else data


class Link:
    """One connection through the proxy. `notes` are its interceptor's."""

    def __init__(self, proxy, reader, writer):
        self.notes = set()
        self._proxy = proxy
        self._near = (reader, writer)
        self._far = None
        self._aborted = asyncio.Event()

    async def run(self):
        near_reader, near_writer = self._near
        try:
            await self._proxy.let_through(b"")
            self._far = far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._proxy.target_port)
        except OSError:
            self.abort()
            return
        pumps = [
            asyncio.ensure_future(self._pump(near_reader, far_writer, "request")),
            asyncio.ensure_future(self._pump(far_reader, near_writer, "answer")),
            asyncio.ensure_future(self._aborted.wait()),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            self.abort()

    def abort(self):
        """Break both sides with a reset."""
        self._aborted.set()
        for _reader, writer in filter(None, (self._near, self._far)):
            writer.transport.abort()

    async def _pump(self, reader, writer, direction):
        with contextlib.suppress(OSError):
            while data := await reader.read(CHUNK_BYTES):
                data = await self._proxy.let_through(data)
                if self._proxy.interceptor:
                    data = getattr(self._proxy.interceptor, direction)(self, data)
                writer.write(data)
                await writer.drain()
        if self._proxy.mode == "blackhole":
            await self._aborted.wait()


class CommitThief:
    """Lets the COMMIT of new messages reach PostgreSQL, takes its answer away and breaks the connection.

    `then()` is called at that moment: committed, and nobody knows.
    """

    def __init__(self, times=1, then=lambda: None):
        self.left = times
        self._then = then

    def request(self, link, data):
        if re.search(rb'INSERT INTO "?rooms_message', data):
            link.notes.add("wrote")
        if b"COMMIT\0" in data and "wrote" in link.notes:
            link.notes = {"committing"}
        return data

    def answer(self, link, data):
        if "committing" not in link.notes:
            return data
        link.notes.clear()
        if not self.left:
            return data
        self.left -= 1
        link.abort()
        self._then()
        return b""


class CommitStopper(CommitThief):
    """Keeps the last statements and their COMMIT from PostgreSQL: `then()` finds rooms locked and nothing committed."""

    def request(self, link, data):
        data = super().request(link, data)
        if not self.left or "committing" not in link.notes:
            return data
        self.left -= 1
        link.abort()
        self._then()
        return b""


class RingStopper:
    """Keeps the next ring from Redis: `then()` finds its messages committed, and no other server told."""

    def __init__(self, then):
        self.left = 1
        self._then = then

    def request(self, link, data):
        if not self.left or b"PUBLISH" not in data or b"saved" not in data:
            return data
        self.left -= 1
        link.abort()
        self._then()
        return b""

    def answer(self, link, data):
        return data


class RingThief:
    """Takes the next publication away from one subscriber of Redis, and leaves its connection in peace."""

    def __init__(self):
        self.taken = 0

    def request(self, link, data):
        return data

    def answer(self, link, data):
        # Only rings carry this, not answers to PUBLISH or SUBSCRIBE; in such a test they come one at a time.
        if self.taken or b"saved" not in data:
            return data
        self.taken += 1
        return b""


class UpgradeStripper:
    """As proxies that know nothing of WebSockets: they pass the request on without the wish to upgrade."""

    def request(self, link, data):
        return data.replace(b"Upgrade: websocket\r\n", b"X-Lost: websocket\r\n")

    def answer(self, link, data):
        return data


class SilentSockets:
    """As proxies that let a WebSocket open and then pass nothing on, in either direction."""

    def request(self, link, data):
        if "silent" in link.notes:
            return b""
        if b"Upgrade: websocket\r\n" in data:
            link.notes.add("silent")
        return data

    def answer(self, link, data):
        if "silent" not in link.notes:
            return data
        head, blank, _frames = data.partition(b"\r\n\r\n")
        return head + blank if data.startswith(b"HTTP/") else b""
