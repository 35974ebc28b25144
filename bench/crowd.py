"""Very many sockets of one client process: connected, read and answered on one bare epoll loop.

An event loop library would cost more for each receipt than most servers need to send it.
"""

import os
import select
import socket
import time
from zlib import crc32

from .websocket import CLOSE, PING, PONG, SHORT_BYTES, TEXT, frame, upgrade, whole_frames

READ_BYTES = 1 << 18
ARRIVING_AT_ONCE = 32
PATIENCE_SECONDS = 60
QUIET_SECONDS = 2.5
ENGINE_IO_PING, ENGINE_IO_PONG = b"2", frame(b"3")


class Lost(Exception):
    """A connection ended, or something did not come in time, or came twice."""


class Member:
    """One socket. `order` is a running checksum of all receipts in their order."""

    __slots__ = ("guest", "heard", "last", "order", "rest", "socket", "steps", "unseen", "upgraded")

    def __init__(self, guest, steps, connection):
        self.guest = guest
        self.steps = steps
        self.socket = connection
        self.rest = b""
        self.upgraded = False
        self.order = 0
        self.heard = None
        self.last = b""  # the last frames that held messages
        self.unseen = 0

    def send(self, data):
        if self.socket.send(data) != len(data):
            raise Lost("A server takes what we say too slowly for a closed loop")

    def receive(self, numbers, chunk):
        self.last = chunk
        self.unseen += len(numbers)
        self.order = crc32(b"".join(numbers), self.order)
        if self.heard is not None:
            self.heard += numbers


class Crowd:
    """`hear(member, chunk)` gets whole frames as they come, headers and all."""

    def __init__(self, port, dialect):
        self.port = port
        self.dialect = dialect
        self.members = []
        self.hear = self.ignore
        self._by_file = {}
        self._arriving = set()
        self._epoll = select.epoll()
        self._stirred_at = 0.0

    def connect(self, guests, at_once=ARRIVING_AT_ONCE):
        """Connect all, so many at a time; the seconds until the last was in its room."""
        waiting, begun = list(guests)[::-1], time.perf_counter()
        self.hear, self._stirred_at = self._welcome, begun
        while waiting or self._arriving:
            while waiting and len(self._arriving) < at_once:
                self._begin(waiting.pop())
            self.turn(PATIENCE_SECONDS)
            if time.perf_counter() > self._stirred_at + PATIENCE_SECONDS:
                raise Lost(f"{len(self._arriving)} sockets do not get into their rooms")
        self.hear = self.ignore
        return time.perf_counter() - begun

    def _begin(self, guest):
        connection = socket.create_connection(("127.0.0.1", self.port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setblocking(False)
        member = Member(guest, list(self.dialect.steps(guest)), connection)
        self._by_file[connection.fileno()] = member
        self._arriving.add(member)
        self._epoll.register(connection.fileno(), select.EPOLLIN)
        member.send(upgrade(self.dialect.path(guest), self.port, guest.cookie))

    def turn(self, patience_seconds):
        """Read once from every socket that has something; `Lost` if none has within the patience."""
        ready = self._epoll.poll(patience_seconds)
        if not ready:
            raise Lost(f"Nothing came for {patience_seconds} s")
        self._read(ready)

    def wait(self, seconds):
        """Read once from what has something, or has within so many seconds; nothing need come."""
        self._read(self._epoll.poll(max(0, seconds)))

    def _read(self, ready):
        for number, _events in ready:
            member = self._by_file[number]
            data = os.read(number, READ_BYTES)
            if not data:
                raise Lost("The server closed a connection")
            if member.rest:
                data = member.rest + data
            if not member.upgraded:
                data = self._past_headers(member, data)
            end, special = whole_frames(data)
            member.rest = data[end:]
            if special:
                self._answer(member, special)
            if end:
                self.hear(member, data[:end])

    def _past_headers(self, member, data):
        head, found, data = data.partition(b"\r\n\r\n")
        if not found:
            member.rest = head
            return b""
        if b" 101 " not in head[:16]:
            raise Lost(f"No WebSocket: {head[:200]!r}")
        member.upgraded = True
        self._welcome(member, b"")
        return data

    def _answer(self, member, special):
        for opcode, payload in special:
            if opcode == PING:
                member.send(frame(payload, PONG))
            elif opcode == CLOSE:
                raise Lost(f"The server closed a connection with {int.from_bytes(payload[:2], 'big')}")
            elif payload == ENGINE_IO_PING:
                member.send(ENGINE_IO_PONG)

    def _welcome(self, member, chunk):
        """The steps of arriving; whoever has done them all is a member."""
        while member.steps and member.steps[0][0] in chunk:
            _awaited, answer = member.steps.pop(0)
            if answer:
                member.send(answer(chunk))
        if not member.steps and member in self._arriving:
            self._arriving.discard(member)
            self.members.append(member)
            self._stirred_at = time.perf_counter()

    def ignore(self, member, chunk):
        pass

    def quieten(self):
        """Wait until nothing but pings has come for a while: what connecting set off is over."""
        self.hear = self._stir
        self._stirred_at = time.perf_counter()
        while (left := self._stirred_at + QUIET_SECONDS - time.perf_counter()) > 0:
            self.wait(left)
        self.hear = self.ignore

    def _stir(self, member, chunk):
        if chunk[0] == TEXT and chunk[1] > SHORT_BYTES:
            self._stirred_at = time.perf_counter()

    def close(self):
        for member in self._by_file.values():
            member.socket.close()
        self._epoll.close()
