"""Thousands of client sockets in one process, connected and read by one bare epoll loop.

An event loop library would cost more for each receipt than most servers need to send it.
"""

import os
import select
import socket
import time
from collections.abc import Callable, Iterable
from zlib import crc32

from .protocols import Seat, ServerProtocol, Step
from .websocket import CLOSE, PING, PONG, SHORT_BYTES, TEXT, ControlFrame, frame, split_frames, upgrade

READ_BYTES = 1 << 18
CONCURRENT_CONNECTS = 32
TIMEOUT_SECONDS = 60
QUIET_SECONDS = 2.5
ENGINE_IO_PING, ENGINE_IO_PONG = b"2", frame(b"3")


class DeliveryError(Exception):
    """A connection ended, or a message was late, missing or duplicated."""


class Client:
    """One socket. `checksum` is a running CRC-32 of all receipts in their order."""

    __slots__ = ("checksum", "is_upgraded", "last_chunk", "receipts", "rest", "seat", "socket", "steps", "unread")

    def __init__(self, seat: Seat, steps: list[Step], connection: socket.socket) -> None:
        self.seat = seat
        self.steps = steps
        self.socket = connection
        self.rest = b""
        self.is_upgraded = False
        self.checksum = 0
        self.receipts: list[bytes] | None = None  # recorded for one client of each room
        self.last_chunk = b""  # the last one with messages
        self.unread = 0

    def send(self, data: bytes) -> None:
        if self.socket.send(data) != len(data):
            raise DeliveryError("The server reads too slowly for a closed loop")

    def receive(self, numbers: list[bytes], chunk: bytes) -> None:
        """Count the messages with these numbers."""
        self.last_chunk = chunk
        self.unread += len(numbers)
        self.checksum = crc32(b"".join(numbers), self.checksum)
        if self.receipts is not None:
            self.receipts += numbers


Handler = Callable[[Client, bytes], None]


class ClientPool:
    """All clients of a run. `on_frames(client, chunk)` is called with whole frames, including their headers."""

    def __init__(self, port: int, protocol: ServerProtocol) -> None:
        self.port = port
        self.protocol = protocol
        self.clients: list[Client] = []
        self.on_frames: Handler = self.ignore
        self._by_file: dict[int, Client] = {}
        self._joining: set[Client] = set()
        self._epoll = select.epoll()
        self._active_at = 0.0

    def connect(self, seats: Iterable[Seat], concurrency: int = CONCURRENT_CONNECTS) -> float:
        """Connect all, at most `concurrency` at a time; the seconds until the last one has joined its room."""
        waiting, started = list(seats)[::-1], time.perf_counter()
        self.on_frames, self._active_at = self._join, started
        while waiting or self._joining:
            while waiting and len(self._joining) < concurrency:
                self._start(waiting.pop())
            self.poll(TIMEOUT_SECONDS)
            if time.perf_counter() > self._active_at + TIMEOUT_SECONDS:
                raise DeliveryError(f"{len(self._joining)} sockets do not join their rooms")
        self.on_frames = self.ignore
        return time.perf_counter() - started

    def _start(self, seat: Seat) -> None:
        connection = socket.create_connection(("127.0.0.1", self.port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setblocking(False)
        client = Client(seat, list(self.protocol.steps(seat)), connection)
        self._by_file[connection.fileno()] = client
        self._joining.add(client)
        self._epoll.register(connection.fileno(), select.EPOLLIN)
        client.send(upgrade(self.protocol.path(seat), self.port, seat.cookie))

    def poll(self, timeout_seconds: float) -> None:
        """Read once from every readable socket. Raises `DeliveryError` if none is within the timeout."""
        ready = self._epoll.poll(timeout_seconds)
        if not ready:
            raise DeliveryError(f"Nothing came for {timeout_seconds} s")
        self._read(ready)

    def poll_optional(self, timeout_seconds: float) -> None:
        """Read once from every socket that is readable within the timeout, if any."""
        self._read(self._epoll.poll(max(0, timeout_seconds)))

    def _read(self, ready: Iterable[tuple[int, int]]) -> None:
        for number, _events in ready:
            client = self._by_file[number]
            data = os.read(number, READ_BYTES)
            if not data:
                raise DeliveryError("The server closed a connection")
            if client.rest:
                data = client.rest + data
            if not client.is_upgraded:
                data = self._after_headers(client, data)
            end, control_frames = split_frames(data)
            client.rest = data[end:]
            if control_frames:
                self._on_control_frames(client, control_frames)
            if end:
                self.on_frames(client, data[:end])

    def _after_headers(self, client: Client, data: bytes) -> bytes:
        head, found, data = data.partition(b"\r\n\r\n")
        if not found:
            client.rest = head
            return b""
        if b" 101 " not in head[:16]:
            raise DeliveryError(f"No WebSocket: {head[:200]!r}")
        client.is_upgraded = True
        self._join(client, b"")
        return data

    def _on_control_frames(self, client: Client, control_frames: list[ControlFrame]) -> None:
        for opcode, payload in control_frames:
            if opcode == PING:
                client.send(frame(payload, PONG))
            elif opcode == CLOSE:
                raise DeliveryError(f"The server closed a connection with {int.from_bytes(payload[:2], 'big')}")
            elif payload == ENGINE_IO_PING:
                client.send(ENGINE_IO_PONG)

    def _join(self, client: Client, chunk: bytes) -> None:
        """Take the steps whose expected bytes are in `chunk`; after the last one the client has joined."""
        while client.steps and client.steps[0][0] in chunk:
            _expected, reply = client.steps.pop(0)
            if reply:
                client.send(reply(chunk))
        if not client.steps and client in self._joining:
            self._joining.discard(client)
            self.clients.append(client)
            self._active_at = time.perf_counter()

    def ignore(self, client: Client, chunk: bytes) -> None:
        """The handler for chunks that do not matter."""

    def wait_until_quiet(self) -> None:
        """Wait until only pings have come for `QUIET_SECONDS`: events caused by connecting are over."""
        self.on_frames = self._note_activity
        self._active_at = time.perf_counter()
        while (left := self._active_at + QUIET_SECONDS - time.perf_counter()) > 0:
            self.poll_optional(left)
        self.on_frames = self.ignore

    def _note_activity(self, client: Client, chunk: bytes) -> None:
        if chunk[0] == TEXT and chunk[1] > SHORT_BYTES:
            self._active_at = time.perf_counter()

    def close(self) -> None:
        for client in self._by_file.values():
            client.socket.close()
        self._epoll.close()
