"""Clients that no library would be: they never read, send by the byte, or say nothing at all."""

import asyncio
import base64
import json
import os
import socket
import struct

ESTABLISHED = 1  # tcp_states.h
RECEIVE_BYTES = 4096


class RawClient:
    """A WebSocket by hand, which reads only when asked to."""

    def __init__(self, port, person, room):
        self.port = port
        self._request = (
            f"GET /ws/chat/?room={room} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {person.cookie}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n\r\n"
        ).encode()

    async def dial(self):
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
        self._socket.setblocking(False)
        await asyncio.get_running_loop().sock_connect(self._socket, ("127.0.0.1", self.port))

    async def shake_hands(self):
        await self.send_bytes(self._request)
        answer = await asyncio.get_running_loop().sock_recv(self._socket, 12)
        assert answer == b"HTTP/1.1 101", answer

    async def send_bytes(self, data):
        await asyncio.get_running_loop().sock_sendall(self._socket, data)

    async def send(self, **frame):
        await self.send_bytes(masked(json.dumps(frame).encode()))

    async def send_slowly(self, data, pause):
        """A byte, a pause, a byte."""
        for byte in data:
            await self.send_bytes(bytes([byte]))
            await pause()

    @property
    def request(self):
        return self._request

    @property
    def is_open(self):
        """Whether the server keeps the connection, told by TCP's own state: nothing is read."""
        return self._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == ESTABLISHED

    def close(self):
        self._socket.close()


def masked(payload):
    """A text frame as clients must send them; a mask of zeros leaves the text as it is."""
    length = len(payload)
    head = struct.pack("!BB", 0x81, 0x80 | length) if length < 126 else struct.pack("!BBH", 0x81, 0x80 | 126, length)
    return head + bytes(4) + payload
