"""The production server's side of one WebSocket: frames prepared once, written at once, and an end with a reason."""

import struct
from typing import Any

from autobahn.websocket import protocol as autobahn
from daphne.ws_protocol import WebSocketProtocol
from twisted.internet import tcp

# Of each connection it would write all options down, for a line that no log takes: a tenth of connecting.
autobahn.pformat = lambda *_: ""

TEXT, BINARY, CLOSE = 1, 2, 8
OPEN = WebSocketProtocol.STATE_OPEN
CONTROL_BYTES = 125  # RFC 6455, 5.5
CLOSE_REASON_BYTES = CONTROL_BYTES - 2
QUEUED_MESSAGES = 32


def frame(payload, opcode=TEXT):
    """One whole, unmasked WebSocket frame (RFC 6455, 5.2) around `payload` bytes."""
    first, length = 0x80 | opcode, len(payload)
    if length < 126:
        return struct.pack("!BB", first, length) + payload
    if length < 2**16:
        return struct.pack("!BBH", first, 126, length) + payload
    return struct.pack("!BBQ", first, 127, length) + payload


def bytes_of_frame(data, at):
    """How long the frame is that begins there, head and all; None while not all of its head has come."""
    if len(data) < at + 2:
        return None
    length, head = data[at + 1] & 0x7F, 2
    if length > 125:
        head += 2 if length == 126 else 8
        if len(data) < at + head:
            return None
        length = int.from_bytes(data[at + 2 : at + head])
    return head + (4 if data[at + 1] & 0x80 else 0) + length


class Wire:
    """The way out of one WebSocket: `scope["extensions"]["tertulia.prepared_frames"]["wire"]`.

    For the event loop's thread only. What goes out here and by plain `send` keeps its order.
    """

    __slots__ = ("_protocol",)

    def __init__(self, protocol):
        self._protocol = protocol

    @staticmethod
    def prepare(text):
        """A text frame as bytes; the same bytes may be written to any number of wires."""
        return frame(text.encode())

    @property
    def pending_bytes(self):
        """How much of what was written the kernel has not taken, because the client does not."""
        transport = self._protocol.transport
        return len(transport.dataBuffer) - transport.offset + transport._tempDataLen

    def write(self, prepared):
        """Hand the kernel what it takes at once, queue the rest; after the end, nothing happens. Never waits.

        The answer is how many bytes were pending before. This runs for every client and frame: it asks for little.
        """
        protocol = self._protocol
        if protocol.state != OPEN:
            return 0
        transport = protocol.transport
        # Never ahead of what is queued: in Twisted's buffers or, for writes it spreads over time, in autobahn's.
        if transport.dataBuffer or transport._tempDataLen or protocol.send_queue:
            pending, taken = self.pending_bytes, 0
        else:
            pending, taken = 0, send(transport.socket, prepared)
        if taken < len(prepared):
            protocol.sendData(prepared[taken:] if taken else prepared)
        return pending

    def close(self, code, reason=""):
        """Close after what was written."""
        self._protocol.end(code, reason)

    def go_on(self):
        """The application has taken a message; whether another one waits already."""
        return self._protocol.go_on()


def send(line, data):
    """How many bytes the kernel has taken."""
    try:
        return line.send(data)
    except OSError:
        # Full, or dead: then the queued write makes the reactor notice and tell everybody.
        return 0


class WebSocket(WebSocketProtocol):
    """One WebSocket connection."""

    wire: "Wire | None" = None
    data: bytes
    current_frame: Any
    is_paused = False
    _bytes_to_pass = 0  # of a frame that is passed over, and has not all come

    def onMessage(self, payload, isBinary):
        if self.state != self.STATE_OPEN:
            return
        super().onMessage(payload, isBinary)
        if self.application_queue.qsize() >= QUEUED_MESSAGES:
            self.transport.pauseProducing()
            self.is_paused = True

    def processData(self):
        # Thousands of short messages fit into what was read at once: the rest of it waits as well.
        if self.state == self.STATE_OPEN:
            return not self.is_paused and super().processData()
        if self.current_frame is not None:
            if self.current_frame.opcode == CLOSE and self.current_frame.length <= CONTROL_BYTES:
                return super().processData()
            # Control frames would be kept until their end, however far away they say it is.
            self._bytes_to_pass = self.current_frame.length - self.current_frame_masker.pointer()
            self.current_frame = None
        return self._pass_over() and super().processData()

    def _pass_over(self):
        """Whether the client's own close comes next: after ours nothing else is looked at, however much still comes."""
        at = self._bytes_to_pass
        while length := bytes_of_frame(self.data, at):
            if self.data[at] & 0x0F == CLOSE:
                break
            at += length
        self._bytes_to_pass = max(0, at - len(self.data))
        self.data = self.data[at:]
        return bool(length)

    def go_on(self):
        """The application has taken a message: if that is why the client was not heard, it is heard again.

        Whether another one waits already.
        """
        if self.is_paused and self.application_queue.qsize() < QUEUED_MESSAGES:
            self.is_paused = False
            self.consumeData()
            if not self.is_paused:
                self.transport.resumeProducing()
        return not self.application_queue.empty()

    def connectionLost(self, reason):
        super().connectionLost(reason)
        # These hold it: it would be there until the next search for garbage, which holds everybody up.
        self.wire = self.is_open = self.is_closed = None

    def serverSend(self, content, binary=False):
        if self.wire is None:
            super().serverSend(content, binary)
        else:
            # Autobahn would hold its limit for incoming messages against outgoing ones.
            self.wire.write(frame(content, BINARY) if binary else frame(content.encode()))

    def handle_reply(self, message):
        # Daphne's own drops the reason and refuses the standard's codes.
        if message["type"] == "websocket.close" and self.state == self.STATE_OPEN:
            self.end(message.get("code", 1000), message.get("reason") or "")
        else:
            super().handle_reply(message)

    def _closeConnection(self, abort=False):
        super()._closeConnection(abort)
        if not abort:
            # That waits until all is read: one who reads nothing more would never be gone.
            self.factory.reactor.callLater(self.closeHandshakeTimeout, self.transport.abortConnection)

    def end(self, code, reason=""):
        """Begin the closing handshake, if it has not begun; `reason` is cut to what a close frame can hold."""
        if self.state == self.STATE_OPEN:
            self.sendCloseFrame(code, reason.encode()[:CLOSE_REASON_BYTES].decode(errors="ignore").encode())


def is_plain(transport):
    """Whether what is written to the transport's socket is what the client reads: no TLS of our own between."""
    return isinstance(transport, tcp.Connection) and not transport.TLS
