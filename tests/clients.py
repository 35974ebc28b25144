"""A small client for tests, written from docs/protocol.md alone."""

import asyncio
import contextlib
import itertools
import json
import uuid
from urllib.parse import urlencode

import pytest
import pytest_asyncio
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from .streams import EventStream, Refused
from .waiting import TIMEOUT_SECONDS

ANSWERS = ("ack", "reply", "error")


class ChatClient:
    """A connection of one user: a WebSocket, or with `transport="sse"` an event stream with POSTs to `post_to`.

    Use it as `async with ChatClient(site[0], people.ana) as ana:`; the first frame to expect is `hello`. `frames` has
    all frames received; `expect` takes the first one that matches and was not taken yet, and leaves the others.
    """

    def __init__(
        self,
        server,
        person=None,
        *,
        transport="websocket",
        origin=None,
        cookie=None,
        headers=None,
        post_to=None,
        **resume,
    ):
        assert resume.keys() <= {"room", "epoch", "version"}, resume
        query = urlencode({key: value for key, value in resume.items() if value is not None})
        self.transport = transport
        self.url = f"{server.url}/sse/" if transport == "sse" else server.socket_url
        self.url += f"?{query}" if query else ""
        self.post_to = post_to and post_to.url
        self.origin = origin or server.url
        self.cookie = cookie or (person.cookie if person else None)
        self.headers = headers or {}
        self.frames = []
        self.acknowledges = True
        self.closed_with = None
        self._untaken = []
        self._changed = asyncio.Condition()
        self._pings = itertools.count(1)

    async def __aenter__(self):
        headers = self.headers | ({"Cookie": self.cookie} if self.cookie else {})
        if self.transport == "sse":
            self.socket = await EventStream.connect(self.url, post_to=self.post_to, Origin=self.origin, **headers)
        else:
            # No limits and no pings by the client library: tests observe those of the server.
            self.socket = await connect(
                self.url, origin=self.origin, additional_headers=headers, max_size=None, ping_interval=None, proxy=None
            )
        self._reader = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *exc):
        await self.close()

    async def close(self):
        await self.socket.close()
        await self._reader

    async def abort(self):
        """Drop the connection without a closing handshake, as a lost network does."""
        self.socket.transport.abort()
        await self._reader

    async def _read(self):
        with contextlib.suppress(ConnectionClosed):
            async for text in self.socket:
                frame = json.loads(text)
                if frame["type"] == "events" and self.acknowledges:
                    # Frames received before the close are still read.
                    with contextlib.suppress(ConnectionClosed, Refused, OSError):
                        await self.send(type="seen", rooms={frame["room"]: frame["version"]})
                async with self._changed:
                    self.frames.append(frame)
                    self._untaken.append(frame)
                    self._changed.notify_all()
        async with self._changed:
            self.closed_with = self.socket.close_code
            self._changed.notify_all()

    # --- Sending

    async def send(self, **frame):
        await self.socket.send(json.dumps(frame))

    async def send_raw(self, text):
        await self.socket.send(text)

    async def send_message(self, text, *, client_id=None, **fields):
        """Send a `say` frame and return the answer: `ack`, `reply` (of a command) or `error`."""
        client_id = client_id or str(uuid.uuid4())
        await self.send(type="say", id=client_id, text=text, **fields)
        return await self.expect(*ANSWERS, id=client_id)

    async def send_messages(self, texts):
        """Send messages without waiting for answers between them; return the answers in the order of `texts`."""
        return await asyncio.gather(*(self.send_message(text) for text in texts))

    async def command(self, text):
        """Run a `#` command and return its `reply`."""
        answer = await self.send_message(text)
        assert answer["type"] == "reply", answer
        return answer

    async def ask(self, frame_type, **fields):
        """Send a frame of this type and return its `reply`, or the `error`."""
        request_id = str(uuid.uuid4())
        await self.send(type=frame_type, id=request_id, **fields)
        return await self.expect("reply", "error", id=request_id)

    async def enter(self, room, **fields):
        """Enter a room by id or name and return its `room` frame, or the `error`."""
        request_id = str(uuid.uuid4())
        await self.send(type="enter", id=request_id, room=room, **fields)
        return await self.expect("room", "error", id=request_id)

    async def history(self, room, **fields):
        """Return a `page` of a room's log, or the `error`."""
        request_id = str(uuid.uuid4())
        await self.send(type="history", id=request_id, room=room, **fields)
        return await self.expect("page", "error", id=request_id)

    # --- Receiving

    async def expect(self, *types, within=TIMEOUT_SECONDS, **fields):
        """Take the first frame of one of `types` with these `fields`, received or to come; fail after a timeout."""
        return await self._take(lambda frame: _fits(frame, types, fields), f"{'/'.join(types)} {fields}", within)

    async def expect_message(self, text, *, within=TIMEOUT_SECONDS):
        """Return the first message with this text in any room's `events`; fail after the timeout."""

        def found():
            return next((message for message in self._messages() if message["text"] == text), None)

        return await self._wait(found, f"a message {text!r}", within)

    async def wait_until(self, condition, what, *, within=TIMEOUT_SECONDS):
        """Wait until `condition()`, computed from the frames so far, is true."""
        await self._wait(lambda: condition() or None, what, within)

    async def settle(self):
        """Wait until the server has answered all frames sent so far: no further answer to them follows."""
        mark = next(self._pings)
        await self.send(type="ping", t=mark)
        await self.expect("pong", t=mark)

    async def wait_closed(self, *, within=TIMEOUT_SECONDS):
        """Wait until the server has closed the connection; return the close code."""
        async with asyncio.timeout(within):
            await self._reader
        return self.closed_with

    def received(self, frame_type, **fields):
        """Return all frames of this type so far, taken or not."""
        return [frame for frame in self.frames if _fits(frame, (frame_type,), fields)]

    def log(self, room):
        """Return the room's messages in order, each in its newest version received."""
        messages = {}
        for frame in self.received("events", room=room):
            messages = {} if frame.get("reset") else messages
            for message in frame["messages"]:
                if messages.get(message["seq"], message)["version"] <= message["version"]:
                    messages[message["seq"]] = message
        return [messages[seq] for seq in sorted(messages)]

    def _messages(self):
        return (message for frame in self.received("events") for message in frame["messages"])

    async def _take(self, fits, what, within):
        def take():
            frame = next(filter(fits, self._untaken), None)
            if frame is not None:
                self._untaken.remove(frame)
            return frame

        return await self._wait(take, what, within)

    async def _wait(self, question, what, within):
        answer = None

        def answered():
            nonlocal answer
            answer = question()
            return answer is not None or self.closed_with is not None

        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within), self._changed:
                await self._changed.wait_for(answered)
        assert answer is not None, f"{what} did not come within {within} s; closed: {self.closed_with}; {self.frames}"
        return answer


def _fits(frame, types, fields):
    return frame["type"] in types and all(frame.get(key) == value for key, value in fields.items())


@pytest_asyncio.fixture(loop_scope="session")
async def join(site, transport):
    """Factory of connected clients, closed at the end: `ana = await join(people.ana)`; `server=-1` is the last process.

    POSTs of event streams go to another process than the stream, if there is one.
    """
    async with contextlib.AsyncExitStack() as stack:

        async def connect_and_greet(person, *, server=0, **resume):
            way = {"transport": transport, "post_to": site[-1 - server if server >= 0 else -server - 1]}
            client = await stack.enter_async_context(ChatClient(site[server], person, **way, **resume))
            client.hello = await client.expect("hello")
            return client

        yield connect_and_greet


@pytest.fixture
def transport(request):
    """The transport of `join`: that of `--transport`, and each one in tests marked `both_transports`."""
    return getattr(request, "param", None) or request.config.getoption("transport")


def pytest_generate_tests(metafunc):
    if "transport" in metafunc.fixturenames and metafunc.definition.get_closest_marker("both_transports"):
        metafunc.parametrize("transport", ["websocket", "sse"], indirect=True)
