"""A blocking WebSocket client that reads only on demand."""

import socket
from typing import Protocol

from websockets.client import ClientProtocol
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.uri import parse_uri

from tests.waiting import TIMEOUT_SECONDS

RECEIVE_BUFFER_BYTES = 8192


class HasPort(Protocol):
    port: int


class BlockingWebSocket:
    """A connection and the texts received over it; the kernel buffer is small, which soon fills the server's."""

    def __init__(self, server: HasPort, path: str = "/") -> None:
        self.protocol = ClientProtocol(
            parse_uri(f"ws://127.0.0.1:{server.port}{path}"),
            extensions=[ClientPerMessageDeflateFactory()],
            max_size=None,
        )
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        self.socket.settimeout(TIMEOUT_SECONDS)
        self.socket.connect(("127.0.0.1", server.port))
        self.texts: list[str] = []
        self.response: Response | None = None
        self.protocol.send_request(self.protocol.connect())
        self._flush()
        while self.response is None:
            self.read()

    def send(self, text: str) -> None:
        self.protocol.send_text(text.encode())
        self._flush()

    def send_bytes(self, data: bytes) -> None:
        """Send bytes past the protocol."""
        self.socket.sendall(data)

    def read(self) -> bool:
        """Read and process the next bytes; False at the end of the connection."""
        data = self.socket.recv(65536)
        if data:
            self.protocol.receive_data(data)
        else:
            self.protocol.receive_eof()
        for event in self.protocol.events_received():
            if not isinstance(event, Frame):
                self.response = event
            elif event.opcode is Opcode.TEXT:
                self.texts.append(event.data.decode())
        self._flush()
        return bool(data)

    def read_all(self) -> int | None:
        """Read to the end of the connection; the close code, 1006 without a close frame."""
        try:
            while self.read():
                pass
        except ConnectionError:
            self.protocol.receive_eof()
        return self.protocol.close_code

    def _flush(self) -> None:
        for data in self.protocol.data_to_send():
            if data:
                self.socket.sendall(data)

    def close(self) -> None:
        self.socket.close()
