"""The production server's WebSocket: prepared frames, backpressure, and close codes with a reason."""

import struct
from typing import Any

from autobahn.websocket import protocol as autobahn
from daphne.ws_protocol import WebSocketProtocol
from twisted.internet import tcp

# For a debug message that is never logged, autobahn formats all options of each connection: a tenth of its cost.
autobahn.pformat = lambda *_: ""

TEXT, BINARY, CLOSE = 1, 2, 8
OPEN = WebSocketProtocol.STATE_OPEN
CONTROL_BYTES = 125  # RFC 6455, 5.5
CLOSE_REASON_BYTES = CONTROL_BYTES - 2
QUEUED_MESSAGES = 32


def encode_frame(payload: bytes, opcode: int = TEXT) -> bytes:
    """Return one final, unmasked WebSocket frame (RFC 6455, 5.2)."""
    first, length = 0x80 | opcode, len(payload)
    if length < 126:
        return struct.pack("!BB", first, length) + payload
    if length < 2**16:
        return struct.pack("!BBH", first, 126, length) + payload
    return struct.pack("!BBQ", first, 127, length) + payload


def frame_length(data: bytes, at: int) -> int | None:
    """Return the length of the frame at that offset, header included; None while its header is incomplete."""
    if len(data) < at + 2:
        return None
    length, header = data[at + 1] & 0x7F, 2
    if length > 125:
        header += 2 if length == 126 else 8
        if len(data) < at + header:
            return None
        length = int.from_bytes(data[at + 2 : at + header])
    return header + (4 if data[at + 1] & 0x80 else 0) + length


class WebSocketTransport:
    """Direct writer of one WebSocket: `scope["extensions"]["tertulia.prepared_frames"]["transport"]`.

    Not thread-safe: for the event loop only. Frames written here and by plain `send` keep their order.
    """

    __slots__ = ("_protocol",)

    def __init__(self, protocol: "ServerWebSocket") -> None:
        self._protocol = protocol

    @staticmethod
    def prepare(text: str) -> bytes:
        """Return a text frame that can be written to any number of transports."""
        return encode_frame(text.encode())

    @property
    def pending_bytes(self) -> int:
        """Written bytes that the kernel has not accepted, because the client does not read them."""
        return _buffered_bytes(self._protocol.transport)

    def write(self, prepared: bytes) -> int:
        """Write a frame without blocking, and return how many bytes were pending before; a no-op after the close.

        Hot path: this runs for every client and frame.
        """
        protocol = self._protocol
        if protocol.state != OPEN:
            return 0
        transport = protocol.transport
        # Frames queued in Twisted's buffers, or in autobahn's for writes spread over time, go first.
        if transport.dataBuffer or transport._tempDataLen or protocol.send_queue:
            pending, sent = self.pending_bytes, 0
        else:
            pending, sent = 0, _send_now(transport.socket, prepared)
        if sent < len(prepared):
            protocol.sendData(prepared[sent:] if sent else prepared)
        return pending

    def close(self, code: int, reason: str = "") -> None:
        """Close after the frames written before."""
        self._protocol.start_close(code, reason)

    def message_taken(self) -> bool:
        """Resume reading, if it was paused, after the application took a message; return whether another is queued."""
        return self._protocol.message_taken()


def _buffered_bytes(transport: Any) -> int:
    count: int = len(transport.dataBuffer) - transport.offset + transport._tempDataLen
    return count


def _send_now(socket: Any, data: bytes) -> int:
    """Return how many bytes the kernel accepted."""
    try:
        sent: int = socket.send(data)
    except OSError:
        return 0  # full or broken: the queued write lets the reactor find out which
    return sent


class ServerWebSocket(WebSocketProtocol):
    """One WebSocket connection."""

    prepared_transport: WebSocketTransport | None = None
    data: bytes
    current_frame: Any
    state: Any
    transport: Any
    factory: Any
    is_paused = False
    _skip_bytes = 0  # of a frame that is skipped and has not arrived completely

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        """Queue a message for the application; pause reading at `QUEUED_MESSAGES`."""
        if self.state != self.STATE_OPEN:
            return
        super().onMessage(payload, isBinary)
        if self.application_queue.qsize() >= QUEUED_MESSAGES:
            self.transport.pauseProducing()
            self.is_paused = True

    def processData(self) -> bool:
        """Parse the next frame of what was read; return whether to go on."""
        # One read may hold thousands of short messages: paused, the rest of it waits too.
        if self.state == self.STATE_OPEN:
            return not self.is_paused and bool(super().processData())
        if self.current_frame is not None:
            if self.current_frame.opcode == CLOSE and self.current_frame.length <= CONTROL_BYTES:
                return bool(super().processData())
            # Autobahn would buffer a control frame up to its announced length, however great (memory exhaustion).
            self._skip_bytes = self.current_frame.length - self.current_frame_masker.pointer()
            self.current_frame = None
        return self._skip_to_close() and bool(super().processData())

    def _skip_to_close(self) -> bool:
        """After our close frame, drop all data up to the client's; return whether that comes next."""
        at = self._skip_bytes
        while length := frame_length(self.data, at):
            if self.data[at] & 0x0F == CLOSE:
                break
            at += length
        self._skip_bytes = max(0, at - len(self.data))
        self.data = self.data[at:]
        return bool(length)

    def message_taken(self) -> bool:
        """Resume reading, if it was paused, after the application took a message; return whether another is queued."""
        if self.is_paused and self.application_queue.qsize() < QUEUED_MESSAGES:
            self.is_paused = False
            self.consumeData()
            if not self.is_paused:
                self.transport.resumeProducing()
        return not self.application_queue.empty()

    def connectionLost(self, reason: Any) -> None:
        """Clean up."""
        super().connectionLost(reason)
        # Reference cycles: they would keep the connection until the next garbage collection.
        self.prepared_transport = self.is_open = self.is_closed = None

    def serverSend(self, content: Any, binary: bool = False) -> None:
        """Send one message of the application."""
        if self.prepared_transport is None:
            super().serverSend(content, binary)
        else:
            # Past autobahn, which applies the limit of incoming messages to outgoing ones.
            self.prepared_transport.write(encode_frame(content, BINARY) if binary else encode_frame(content.encode()))

    def handle_reply(self, message: Any) -> None:
        """Handle an event of the application."""
        # Daphne drops the reason, and rejects the close codes of the standard.
        if message["type"] == "websocket.close" and self.state == self.STATE_OPEN:
            self.start_close(message.get("code", 1000), message.get("reason") or "")
        else:
            super().handle_reply(message)

    def _closeConnection(self, abort: bool = False) -> None:
        super()._closeConnection(abort)
        if not abort:
            # An orderly close waits until all is written: without end, if the client reads nothing more.
            self.factory.reactor.callLater(self.closeHandshakeTimeout, self.transport.abortConnection)

    def start_close(self, code: int, reason: str = "") -> None:
        """Send a close frame unless one was sent; `reason` is cut to its maximum of 123 bytes."""
        if self.state == self.STATE_OPEN:
            self.sendCloseFrame(code, reason.encode()[:CLOSE_REASON_BYTES].decode(errors="ignore").encode())


def is_unencrypted(transport: Any) -> bool:
    """Return whether bytes written to the transport's socket are what the client reads: a TCP one, without TLS."""
    return isinstance(transport, tcp.Connection) and not transport.TLS


def unsent_bytes(transport: Any) -> int:
    """Return how many bytes written to any transport the kernel has not accepted; 0 where that is unknown."""
    return _buffered_bytes(transport) if is_unencrypted(transport) else 0
