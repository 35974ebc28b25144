"""`python -m tests.faults.malicious_clients`: attacks of every kind, on sockets and over HTTP.

Reads one line of JSON from stdin, `{ports, users, room}`; then, by turns, the seconds that each attacker pauses between
two attempts (0: none), and `stop`, which cancels all attackers and prints a line of JSON, `{"attack: answer": count}`.
They use other loopback addresses and the lowest priority: other clients wait for the server, not for this process.
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
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from urllib.parse import quote

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage

from accounts.hashing.worker import lower_priority
from tests.waiting import let_pass

from .writer import CONNECT_OPTIONS

TIMEOUT_SECONDS = 15
LOWEST_PRIORITY = 19
CONNECTION_ERRORS = (OSError, EOFError, ConnectionClosed, InvalidHandshake, InvalidMessage)
FRAME_PAUSE_RATIO = 1 / 40  # of the pause between two attempts
ATTACKERS = 4  # of each attack, unless ATTACKER_COUNTS has it
NESTED_JSON = b'{"name":' + b"[" * 500_000
INVALID_FRAMES = [
    "", "null", "[]", '"x"', "1", "{}", '{"type":', "[" * 60_000, "x" * 65_000, '{"type":"__class__"}',
    '{"type":"ping","t":NaN}', '{"type":"ping","t":' + "9" * 5000 + "}", '{"type":"websocket.disconnect"}',
    json.dumps({"type": "ping", "t": 1} | {str(n): n for n in range(3_000)}), '{"type":"say","id":1,"text":"\\ud800"}',
]  # fmt: skip
PATHS = [
    "/nowhere/", "/%00", "/rooms/%2e%2e/", "/?" + "x" * 4000, "/accounts/sign-in/", "/users/?q=%ff", "/api/v1/nothing",
    "/sse/", "/admin/", "/messages/%0a/", "/static/../chatsite/settings.py", "/api/v1/rooms/9999999999999999999999",
]  # fmt: skip


class MaliciousClients:
    """Runs the attacks concurrently and counts their answers."""

    def __init__(self, ports: list[int], users: list[dict], room: int) -> None:
        self.answers: Counter[str] = Counter()
        self.cookies = [user["cookie"] for user in users]
        self.room = room
        self._ports = itertools.cycle(ports)
        self._addresses = itertools.cycle(f"127.0.1.{number}" for number in range(1, 9))
        self._tasks: list[asyncio.Future] = []
        self._pause = 0.0

    def start(self, pause: float) -> None:
        """Start all attackers, each pausing that many seconds between two attempts."""
        self._pause = pause
        for attack in ATTACKS:
            for _ in range(ATTACKER_COUNTS.get(attack, ATTACKERS)):
                self._tasks.append(asyncio.ensure_future(self._repeat(attack)))

    async def stop(self) -> Counter[str]:
        """Cancel all attackers; the counts since `start`."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        answers, self.answers = self.answers, Counter()
        return answers

    async def _repeat(self, attack: "Attack") -> None:
        await let_pass(random.uniform(0, self._pause))
        while True:
            try:
                async with asyncio.timeout(TIMEOUT_SECONDS):
                    answer = await attack(self)
            except TimeoutError:
                answer = "none"
            except CONNECTION_ERRORS as error:
                answer = type(error).__name__
            self.answers[f"{attack.__name__.replace('_', ' ')}: {answer}"] += 1
            await let_pass(self._pause)

    def any_cookie(self) -> str:
        return secrets.choice(self.cookies)

    # --- Connections

    def endpoints(self) -> tuple[int, tuple[str, int]]:
        """The next server port and the next local address."""
        return next(self._ports), (next(self._addresses), 0)

    @contextlib.asynccontextmanager
    async def tcp(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        """A TCP connection, reset at the end."""
        port, address = self.endpoints()
        reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=address)
        try:
            yield reader, writer
        finally:
            writer.transport.abort()

    async def request(self, method: str, path: str, body: bytes = b"", cookie: str = "", **headers: str) -> str:
        """Send one request on its own connection; the status of the answer."""
        async with self.tcp() as (reader, writer):
            writer.write(http_request(method, path, body, cookie, headers))
            return await status(reader, writer)

    def socket(self, cookie: str = "", query: str = "", **headers: str) -> connect:
        port, address = self.endpoints()
        all_headers = {"Cookie": cookie} | headers
        url = f"ws://127.0.0.1:{port}/ws/chat/?{query}"
        return connect(url, additional_headers=all_headers, local_addr=address, **CONNECT_OPTIONS)

    async def read_until_closed(self, socket: ClientConnection) -> int | None:
        """Read frames until the server closes the socket; the close code."""
        with contextlib.suppress(ConnectionClosed):
            while True:
                await socket.recv()
        return socket.close_code

    async def send_until_closed(self, socket: ClientConnection, frames: Iterable[str]) -> int | None:
        """Send these frames while reading, until the server closes the socket; the close code."""
        reading = asyncio.ensure_future(self.read_until_closed(socket))
        try:
            with contextlib.suppress(ConnectionClosed):
                for frame in frames:
                    await socket.send(frame)
                    await let_pass(self._pause * FRAME_PAUSE_RATIO)
            return await reading
        finally:
            reading.cancel()


Attack = Callable[[MaliciousClients], Awaitable[object]]


def http_request(method: str, path: str, body: bytes, cookie: str, headers: dict[str, str]) -> bytes:
    """Encode a request; underscores in the headers' names become hyphens."""
    fields = {"Host": "127.0.0.1", "Cookie": cookie, "Content-Length": len(body), "Connection": "close"}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode() + body


async def status(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
    """Read a whole response; its status, or `cut` without one."""
    with contextlib.suppress(ConnectionError):
        await writer.drain()
    head = await reader.readline()
    while await reader.read(65536):
        pass
    return head[9:12].decode() or "cut"


# --- WebSockets


async def flood(clients: MaliciousClients) -> int | None:
    async with clients.socket(clients.any_cookie()) as socket:
        return await clients.send_until_closed(socket, itertools.repeat('{"type":"ping","t":1}'))


async def invalid_frames(clients: MaliciousClients) -> int | None:
    async with clients.socket(clients.any_cookie()) as socket:
        return await clients.send_until_closed(socket, itertools.cycle(INVALID_FRAMES))


async def foreign_objects(clients: MaliciousClients) -> int | None:
    frames = [
        {"type": "enter", "id": "1", "room": 10**9},
        {"type": "history", "id": "1", "room": 10**9},
        {"type": "edit", "id": "1", "room": clients.room, "seq": 1, "text": "mine"},
        {"type": "erase", "id": "1", "room": clients.room, "seq": 1},
        {"type": "history", "id": "1", "room": clients.room, "limit": 100},
    ]
    async with clients.socket(clients.any_cookie()) as socket:
        return await clients.send_until_closed(socket, itertools.cycle(map(json.dumps, frames)))


async def huge_frame(clients: MaliciousClients) -> int | None:
    async with clients.socket(clients.any_cookie()) as socket:
        return await clients.send_until_closed(socket, ["x" * 1024 * 1024])


async def invalid_session(clients: MaliciousClients) -> int | None:
    cookie = secrets.choice(["", "session=" + "x" * 32, "session=\xff; =;;", "session=" + "a" * 4000])
    async with clients.socket(cookie, "room=-1&epoch=%00&version=99999999999999999999") as socket:
        return await clients.read_until_closed(socket)


async def invalid_token(clients: MaliciousClients) -> int | None:
    async with clients.socket(Authorization="Bearer " + secrets.token_urlsafe(32)) as socket:
        return await clients.read_until_closed(socket)


async def foreign_origin(clients: MaliciousClients) -> int | None:
    async with clients.socket(clients.any_cookie(), Origin="http://[::1") as socket:
        return await clients.read_until_closed(socket)


async def many_sockets_of_one_user(clients: MaliciousClients) -> int | None:
    async with clients.socket(clients.cookies[0]) as socket:
        return await clients.read_until_closed(socket)


# --- HTTP


async def token_guessing(clients: MaliciousClients) -> str:
    body = json.dumps({"name": "x", "username": secrets.token_hex(4), "password": "wrong password"}).encode()
    return await clients.request("POST", "/api/v1/tokens", body, Content_Type="application/json")


async def password_guessing(clients: MaliciousClients) -> str:
    csrf = secrets.token_hex(16)
    body = f"csrfmiddlewaretoken={csrf}&username={secrets.token_hex(4)}&password=wrong".encode()
    kind = "application/x-www-form-urlencoded"
    return await clients.request("POST", "/accounts/sign-in/", body, f"csrf={csrf}", Content_Type=kind)


async def invalid_sign_up(clients: MaliciousClients) -> str:
    fields = {"username": "<script>", "password": "wrong password", "first_names": "\0", "last_names": "x"}
    body = json.dumps(fields | {"birth_date": "2999-99-99"}).encode()
    return await clients.request("POST", "/api/v1/users", body, Content_Type="application/json")


async def nested_body(clients: MaliciousClients) -> str:
    cookie = clients.any_cookie()
    return await clients.request("POST", "/api/v1/rooms", NESTED_JSON, cookie, Content_Type="application/json")


async def too_large_body(clients: MaliciousClients) -> str:
    return await clients.request("POST", "/api/v1/rooms", b"x" * 2_000_000, Content_Type="application/json")


async def huge_headers(clients: MaliciousClients) -> str:
    return await clients.request("GET", "/healthz", X="x" * 1_000_000)


async def invalid_path(clients: MaliciousClients) -> str:
    path = secrets.choice([*PATHS, "/api/v1/users?name=" + quote(secrets.token_bytes(8))])
    return await clients.request("GET", path, cookie=secrets.choice(["", clients.any_cookie()]))


async def calls_over_the_rate(clients: MaliciousClients) -> str:
    return await clients.request("GET", "/api/v1/users", cookie=clients.any_cookie())


async def random_bytes(clients: MaliciousClients) -> str:
    async with clients.tcp() as (reader, writer):
        writer.write(secrets.token_bytes(2000) + b"\r\n\r\n")
        return await status(reader, writer)


async def slow_request(clients: MaliciousClients) -> str:
    async with clients.tcp() as (reader, writer):
        for byte in http_request("POST", "/api/v1/tokens", b"", "", {}):
            writer.write(bytes([byte]))
            await let_pass(1)
        return await status(reader, writer)


async def unread_stream(clients: MaliciousClients) -> str:
    async with clients.tcp() as (reader, writer):
        reader._transport.pause_reading()
        writer.write(http_request("GET", "/sse/", b"", clients.any_cookie(), {}))
        await let_pass(TIMEOUT_SECONDS / 2)
    return "left"


async def anonymous_stream(clients: MaliciousClients) -> str:
    return await clients.request("GET", "/sse/")


ATTACKER_COUNTS = {slow_request: 100, many_sockets_of_one_user: 50, token_guessing: 30, password_guessing: 30}
ATTACKER_COUNTS[unread_stream] = 20
ATTACKS: list[Attack] = [
    flood, invalid_frames, foreign_objects, huge_frame, invalid_session, invalid_token, foreign_origin,
    many_sockets_of_one_user, token_guessing, password_guessing, invalid_sign_up, nested_body, too_large_body,
    huge_headers, invalid_path, calls_over_the_rate, random_bytes, slow_request, unread_stream, anonymous_stream,
]  # fmt: skip


async def main() -> None:
    if wanted := os.environ.get("ATTACKS"):  # to narrow a failure down
        ATTACKS[:] = [attack for attack in ATTACKS if attack.__name__ in wanted.split(",")]
    clients = MaliciousClients(**json.loads(sys.stdin.readline()))
    while order := (await asyncio.to_thread(sys.stdin.readline)).strip():
        if order == "stop":
            print(json.dumps(await clients.stop()), flush=True)
        else:
            clients.start(float(order))


if __name__ == "__main__":
    lower_priority(LOWEST_PRIORITY)
    asyncio.run(main())
