"""A WebSocket client that reads only when told to."""

import socket

from websockets.client import ClientProtocol
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from websockets.frames import Frame, Opcode
from websockets.uri import parse_uri

from tests.waiting import PATIENCE_SECONDS

SMALL_BUFFER_BYTES = 8192


class Line:
    """A socket and what came over it. The kernel holds little for it, so that the server soon has to."""

    def __init__(self, server, path="/"):
        self.protocol = ClientProtocol(
            parse_uri(f"ws://127.0.0.1:{server.port}{path}"),
            extensions=[ClientPerMessageDeflateFactory()],
            max_size=None,
        )
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER_BYTES)
        self.socket.settimeout(PATIENCE_SECONDS)
        self.socket.connect(("127.0.0.1", server.port))
        self.texts = []
        self.answer = None
        self.protocol.send_request(self.protocol.connect())
        self._flush()
        while self.answer is None:
            self.read()

    def send(self, text):
        self.protocol.send_text(text.encode())
        self._flush()

    def send_bytes(self, data):
        self.socket.sendall(data)

    def read(self):
        """Take what comes next; False at the end of the line."""
        data = self.socket.recv(65536)
        if data:
            self.protocol.receive_data(data)
        else:
            self.protocol.receive_eof()
        for event in self.protocol.events_received():
            if not isinstance(event, Frame):
                self.answer = event
            elif event.opcode is Opcode.TEXT:
                self.texts.append(event.data.decode())
        self._flush()
        return bool(data)

    def read_all(self):
        """Read to the end of the line; the close code, 1006 if there was none."""
        try:
            while self.read():
                pass
        except ConnectionError:
            self.protocol.receive_eof()
        return self.protocol.close_code

    def _flush(self):
        for data in self.protocol.data_to_send():
            if data:
                self.socket.sendall(data)

    def close(self):
        self.socket.close()
