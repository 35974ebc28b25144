"""`python -m tests.faults.enemies`: whatever nobody should send, on sockets and over HTTP.

Reads a line of JSON, `{ports, people, room}`; then by turns the seconds that each line pauses between two things it
sends (0: as fast as they are taken), and `rest`. Each `rest` ends all lines and is answered
with a line: how often each enemy got which answer. They come from addresses of their own, at the lowest priority, so
that it is the server's work that others wait for, and not theirs.
"""

import asyncio
import contextlib
import itertools
import json
import os
import random
import secrets
import sys
from collections import Counter
from urllib.parse import quote

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage

from accounts.hashing.worker import lower_priority
from tests.waiting import let_pass

from .talker import SOCKET_OPTIONS

PATIENCE_SECONDS = 15
LOWEST_PRIORITY = 19
LOST = (OSError, EOFError, ConnectionClosed, InvalidHandshake, InvalidMessage)
PAUSE_OF_FRAMES = 1 / 40  # of that between two lines
AT_ONCE = 4  # lines of each enemy, if nothing else is said
NESTED = b'{"name":' + b"[" * 500_000
NONSENSE = [
    "", "null", "[]", '"x"', "1", "{}", '{"type":', "[" * 60_000, "x" * 65_000, '{"type":"__class__"}',
    '{"type":"ping","t":NaN}', '{"type":"ping","t":' + "9" * 5000 + "}", '{"type":"websocket.disconnect"}',
    json.dumps({"type": "ping", "t": 1} | {str(n): n for n in range(3_000)}), '{"type":"say","id":1,"text":"\\ud800"}',
]  # fmt: skip
PATHS = [
    "/nowhere/", "/%00", "/rooms/%2e%2e/", "/?" + "x" * 4000, "/accounts/sign-in/", "/users/?q=%ff", "/api/v1/nothing",
    "/sse/", "/admin/", "/messages/%0a/", "/static/../chatsite/settings.py", "/api/v1/rooms/9999999999999999999999",
]  # fmt: skip


class Enemies:
    def __init__(self, ports, people, room):
        self.answers = Counter()
        self.people = [person["cookie"] for person in people]
        self.room = room
        self._ports = itertools.cycle(ports)
        self._addresses = itertools.cycle(f"127.0.1.{number}" for number in range(1, 9))
        self._tasks = []
        self._pause = 0

    def go(self, pause):
        self._pause = pause
        for enemy in ENEMIES:
            for _ in range(MANY.get(enemy, AT_ONCE)):
                self._tasks.append(asyncio.ensure_future(self._go_on(enemy)))

    async def rest(self):
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        told, self.answers = self.answers, Counter()
        return told

    async def _go_on(self, enemy):
        await let_pass(random.uniform(0, self._pause))
        while True:
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    answer = await enemy(self)
            except TimeoutError:
                answer = "none"
            except LOST as error:
                answer = type(error).__name__
            self.answers[f"{enemy.__name__.replace('_', ' ')}: {answer}"] += 1
            await let_pass(self._pause)

    def somebody(self):
        return secrets.choice(self.people)

    # --- Lines

    def place(self):
        return next(self._ports), (next(self._addresses), 0)

    @contextlib.asynccontextmanager
    async def line(self):
        port, address = self.place()
        reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=address)
        try:
            yield reader, writer
        finally:
            writer.transport.abort()

    async def ask(self, method, path, body=b"", cookie="", **headers):
        """The status of one request on a line of its own."""
        async with self.line() as (reader, writer):
            writer.write(request(method, path, body, cookie, headers))
            return await status(reader, writer)

    def socket(self, cookie="", query="", **headers):
        port, address = self.place()
        given = {"Cookie": cookie} | headers
        url = f"ws://127.0.0.1:{port}/ws/chat/?{query}"
        return connect(url, additional_headers=given, local_addr=address, **SOCKET_OPTIONS)

    async def closed(self, socket):
        """The code that a socket is closed with, which is read until then."""
        with contextlib.suppress(ConnectionClosed):
            while True:
                await socket.recv()
        return socket.close_code

    async def closed_while(self, socket, frames):
        """The same, while frame after frame is sent."""
        reading = asyncio.ensure_future(self.closed(socket))
        try:
            with contextlib.suppress(ConnectionClosed):
                for frame in frames:
                    await socket.send(frame)
                    await let_pass(self._pause * PAUSE_OF_FRAMES)
            return await reading
        finally:
            reading.cancel()


def request(method, path, body, cookie, headers):
    given = {"Host": "127.0.0.1", "Cookie": cookie, "Content-Length": len(body), "Connection": "close"}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    return f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode() + body


async def status(reader, writer):
    """What was answered, all of it read."""
    with contextlib.suppress(ConnectionError):
        await writer.drain()
    head = await reader.readline()
    while await reader.read(65536):
        pass
    return head[9:12].decode() or "cut"


# --- Sockets


async def flood(enemies):
    async with enemies.socket(enemies.somebody()) as socket:
        return await enemies.closed_while(socket, itertools.repeat('{"type":"ping","t":1}'))


async def broken_frames(enemies):
    async with enemies.socket(enemies.somebody()) as socket:
        return await enemies.closed_while(socket, itertools.cycle(NONSENSE))


async def other_peoples_places(enemies):
    asked = [
        {"type": "enter", "id": "1", "room": 10**9},
        {"type": "history", "id": "1", "room": 10**9},
        {"type": "edit", "id": "1", "room": enemies.room, "seq": 1, "text": "mine"},
        {"type": "erase", "id": "1", "room": enemies.room, "seq": 1},
        {"type": "history", "id": "1", "room": enemies.room, "limit": 100},
    ]
    async with enemies.socket(enemies.somebody()) as socket:
        return await enemies.closed_while(socket, itertools.cycle(map(json.dumps, asked)))


async def huge_frame(enemies):
    async with enemies.socket(enemies.somebody()) as socket:
        return await enemies.closed_while(socket, ["x" * 1024 * 1024])


async def nobodys_socket(enemies):
    cookie = secrets.choice(["", "session=" + "x" * 32, "session=\xff; =;;", "session=" + "a" * 4000])
    async with enemies.socket(cookie, "room=-1&epoch=%00&version=99999999999999999999") as socket:
        return await enemies.closed(socket)


async def bad_token(enemies):
    async with enemies.socket(Authorization="Bearer " + secrets.token_urlsafe(32)) as socket:
        return await enemies.closed(socket)


async def foreign_origin(enemies):
    async with enemies.socket(enemies.somebody(), Origin="http://[::1") as socket:
        return await enemies.closed(socket)


async def one_of_many_sockets(enemies):
    async with enemies.socket(enemies.people[0]) as socket:
        return await enemies.closed(socket)


# --- HTTP


async def sign_in(enemies):
    body = json.dumps({"name": "x", "username": secrets.token_hex(4), "password": "wrong password"}).encode()
    return await enemies.ask("POST", "/api/v1/tokens", body, Content_Type="application/json")


async def sign_in_by_form(enemies):
    csrf = secrets.token_hex(16)
    body = f"csrfmiddlewaretoken={csrf}&username={secrets.token_hex(4)}&password=wrong".encode()
    kind = "application/x-www-form-urlencoded"
    return await enemies.ask("POST", "/accounts/sign-in/", body, f"csrf={csrf}", Content_Type=kind)


async def sign_up(enemies):
    fields = {"username": "<script>", "password": "wrong password", "first_names": "\0", "last_names": "x"}
    body = json.dumps(fields | {"birth_date": "2999-99-99"}).encode()
    return await enemies.ask("POST", "/api/v1/users", body, Content_Type="application/json")


async def nested_body(enemies):
    return await enemies.ask("POST", "/api/v1/rooms", NESTED, enemies.somebody(), Content_Type="application/json")


async def too_long_body(enemies):
    return await enemies.ask("POST", "/api/v1/rooms", b"x" * 2_000_000, Content_Type="application/json")


async def huge_headers(enemies):
    return await enemies.ask("GET", "/healthz", X="x" * 1_000_000)


async def nonsense_address(enemies):
    path = secrets.choice([*PATHS, "/api/v1/users?name=" + quote(secrets.token_bytes(8))])
    return await enemies.ask("GET", path, cookie=secrets.choice(["", enemies.somebody()]))


async def calls_over_the_rate(enemies):
    return await enemies.ask("GET", "/api/v1/users", cookie=enemies.somebody())


async def no_http(enemies):
    async with enemies.line() as (reader, writer):
        writer.write(secrets.token_bytes(2000) + b"\r\n\r\n")
        return await status(reader, writer)


async def byte_by_byte(enemies):
    async with enemies.line() as (reader, writer):
        for byte in request("POST", "/api/v1/tokens", b"", "", {}):
            writer.write(bytes([byte]))
            await let_pass(1)
        return await status(reader, writer)


async def unread_stream(enemies):
    async with enemies.line() as (reader, writer):
        reader._transport.pause_reading()
        writer.write(request("GET", "/sse/", b"", enemies.somebody(), {}))
        await let_pass(PATIENCE_SECONDS / 2)
    return "left"


async def nobodys_stream(enemies):
    return await enemies.ask("GET", "/sse/")


MANY = {byte_by_byte: 100, one_of_many_sockets: 50, unread_stream: 20, sign_in: 30, sign_in_by_form: 30}
ENEMIES = [
    flood, broken_frames, other_peoples_places, huge_frame, nobodys_socket, bad_token, foreign_origin,
    one_of_many_sockets, sign_in, sign_in_by_form, sign_up, nested_body, too_long_body, huge_headers, nonsense_address,
    calls_over_the_rate, no_http, byte_by_byte, unread_stream, nobodys_stream,
]  # fmt: skip


async def main():
    if wanted := os.environ.get("ENEMIES"):  # to find out which of them it is
        ENEMIES[:] = [enemy for enemy in ENEMIES if enemy.__name__ in wanted.split(",")]
    enemies = Enemies(**json.loads(sys.stdin.readline()))
    while word := (await asyncio.to_thread(sys.stdin.readline)).strip():
        if word == "rest":
            print(json.dumps(await enemies.rest()), flush=True)
        else:
            enemies.go(float(word))


if __name__ == "__main__":
    lower_priority(LOWEST_PRIORITY)
    asyncio.run(main())
