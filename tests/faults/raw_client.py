"""A WebSocket client without a library: it can stop reading, send byte by byte, or send nothing."""

import asyncio
import base64
import json
import os
import socket
import struct
from collections.abc import Awaitable, Callable

from .writer import SignedInUser

ESTABLISHED = 1  # tcp_states.h
RECEIVE_BUFFER_BYTES = 4096


class RawClient:
    """A hand-made WebSocket that reads nothing after the handshake and has a small receive buffer."""

    def __init__(self, port: int, user: SignedInUser, room: int) -> None:
        self.port = port
        self._request = (
            f"GET /ws/chat/?room={room} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {user.cookie}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n\r\n"
        ).encode()

    async def connect(self) -> None:
        """Open the TCP connection."""
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        self._socket.setblocking(False)
        await asyncio.get_running_loop().sock_connect(self._socket, ("127.0.0.1", self.port))

    async def shake_hands(self) -> None:
        """Do the WebSocket handshake."""
        await self.send_bytes(self._request)
        answer = await asyncio.get_running_loop().sock_recv(self._socket, 12)
        assert answer == b"HTTP/1.1 101", answer

    async def send_bytes(self, data: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self._socket, data)

    async def send(self, **frame: object) -> None:
        await self.send_bytes(masked_frame(json.dumps(frame).encode()))

    async def send_slowly(self, data: bytes, pause: Callable[[], Awaitable[None]]) -> None:
        """Send byte by byte, awaiting `pause()` after each."""
        for byte in data:
            await self.send_bytes(bytes([byte]))
            await pause()

    @property
    def request(self) -> bytes:
        """The handshake request."""
        return self._request

    @property
    def is_open(self) -> bool:
        """Whether the server keeps the connection open, by the kernel's TCP state: nothing is read."""
        return self._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == ESTABLISHED

    def close(self) -> None:
        self._socket.close()


def masked_frame(payload: bytes) -> bytes:
    """Encode a text frame of a client; a mask of zeros leaves the payload unchanged."""
    length = len(payload)
    head = struct.pack("!BB", 0x81, 0x80 | length) if length < 126 else struct.pack("!BBH", 0x81, 0x80 | 126, length)
    return head + bytes(4) + payload
