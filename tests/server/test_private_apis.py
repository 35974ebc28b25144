"""The private attributes of Daphne, Twisted and autobahn that our server uses: an upgrade that drops one fails here."""

import json
import socket

import pytest
from autobahn.websocket import protocol as autobahn
from daphne.http_protocol import WebRequest
from daphne.server import Server as DaphneServer
from daphne.ws_protocol import WebSocketProtocol
from twisted.internet import reactor
from twisted.internet.protocol import Protocol
from twisted.internet.tcp import Connection, Port
from twisted.internet.testing import StringTransport
from twisted.web.http import HTTPChannel, HTTPFactory
from twisted.web.http import Request as TwistedRequest

pytestmark = pytest.mark.footing("embedded")

CONNECTION_ATTRIBUTES = {
    "transport.dataBuffer": "Twisted's: websocket.py measures the write buffer",
    "transport.offset": "Twisted's: websocket.py measures the write buffer",
    "transport._tempDataLen": "Twisted's: websocket.py measures the write buffer",
    "transport.TLS": "Twisted's: websocket.py bypasses Twisted only without TLS",
    "transport.socket": "Twisted's: websocket.py writes to the kernel directly",
    "state": "autobahn's: websocket.py writes nothing after the close handshake began",
    "STATE_OPEN": "autobahn's: websocket.py writes nothing after the close handshake began",
    "send_queue": "autobahn's: websocket.py does not overtake queued frames",
    "sendData": "autobahn's: websocket.py queues what the kernel did not accept",
    "sendCloseFrame": "autobahn's: websocket.py closes with any code and a reason",
    "current_frame": "autobahn's: websocket.py discards whole frames only",
    "current_frame_masker": "autobahn's: websocket.py knows how much of a frame has arrived",
    "factory.reactor": "Daphne's: websocket.py defers the end of a connection",
    "data": "autobahn's: websocket.py discards data that was read and not parsed",
    "application_queue": "Daphne's: websocket.py pauses reading when the application falls behind",
    "server.connections": "Daphne's: asgi_server.py knows what still runs at shutdown",
    "factory.failByDrop": "autobahn's: asgi_server.py answers violated limits before closing the connection",
    "factory.closeHandshakeTimeout": "autobahn's: asgi_server.py gives slow clients time to read the close reason",
}
CLASS_ATTRIBUTES = [
    (WebRequest, "gotLength", "Twisted's: asgi_server.py refuses a body by its Content-Length"),
    (WebRequest, "handleContentChunk", "Twisted's: asgi_server.py counts a body as it arrives"),
    (WebRequest, "process", "Daphne's: asgi_server.py keeps refused requests from the application"),
    (DaphneServer, "create_application", "Daphne's: asgi_server.py puts the extension into the scope"),
    (DaphneServer, "listen_success", "Daphne's: asgi_server.py stops listening before it drains"),
    (DaphneServer, "kill_all_applications", "Daphne's: asgi_server.py drains instead"),
    (
        Port,
        "doRead",
        "Twisted's: asgi_server.py accepts few connections at once, and at shutdown all that the kernel has accepted",
    ),
    (HTTPFactory, "protocol", "Twisted's: asgi_server.py creates its own connection class"),
    (HTTPChannel, "lineLengthExceeded", "Twisted's: http_channel.py answers before it closes the connection"),
    (
        HTTPChannel,
        "_respondToBadRequestAndDisconnect",
        "Twisted's: http_channel.py adds the security headers",
    ),
    (HTTPChannel, "rawDataReceived", "Twisted's: http_channel.py discards input after a refusal"),
    (WebSocketProtocol, "processData", "autobahn's: websocket.py discards input after the close"),
    (WebSocketProtocol, "_closeConnection", "autobahn's: websocket.py disconnects slow readers after a timeout"),
    (autobahn, "pformat", "autobahn's: websocket.py skips formatting a description of each connection"),
]


def test_connection_attributes_exist(server):
    websocket, missing = server.connect(), {}
    for name, purpose in CONNECTION_ATTRIBUTES.items():
        websocket.texts.clear()
        websocket.send(json.dumps(["has_attribute", name]))
        while not websocket.texts:
            websocket.read()
        if websocket.texts != ["there"]:
            missing[name] = purpose
    assert not missing, f"Missing: {missing}"


@pytest.mark.parametrize(("owner", "name", "purpose"), CLASS_ATTRIBUTES)
def test_class_attributes_exist(owner, name, purpose):
    assert callable(getattr(owner, name, None)), f"{owner.__name__}.{name} is missing, {purpose}"


def test_reactor_exposes_its_event_loop():
    assert hasattr(reactor, "_asyncioEventloop"), "Twisted's: workers watch their parent on it"


def test_write_buffer_size_follows_from_twisteds_attributes():
    here, there = socket.socketpair()
    transport = Connection(here, Protocol(), reactor)
    transport.connected = True
    transport.write(b"12345")
    assert len(transport.dataBuffer) - transport.offset + transport._tempDataLen == 5, "_tempDataLen has changed"
    transport.doWrite()
    assert len(transport.dataBuffer) - transport.offset + transport._tempDataLen == 0, (
        "dataBuffer or offset has changed"
    )
    transport.stopWriting()
    here.close()
    there.close()


@pytest.mark.asyncio(loop_scope="session")
async def test_connection_record_has_the_keys_that_the_shutdown_reads():
    async def application(scope, receive, send):
        pass

    server, protocol = DaphneServer(application, ["none"]), object()
    server.connections = {}
    server.protocol_connected(protocol)
    server.create_application(protocol, {"type": "websocket"})
    server.protocol_disconnected(protocol)
    record = server.connections[protocol]
    assert "application_instance" in record, "Daphne's record of a connection has no application_instance"
    assert "disconnected" in record, "Daphne's record of a connection has no disconnected"
    await record["application_instance"]


def test_request_path_is_known_before_the_body():
    channel, found = HTTPChannel(), []
    channel.requestFactory = type(
        "Asked", (TwistedRequest,), {"gotLength": lambda self, _length: found.append(channel._path)}
    )
    channel.makeConnection(StringTransport())
    channel.dataReceived(b"POST /api/ HTTP/1.1\r\nContent-Length: 3\r\n\r\n")
    channel.setTimeout(None)
    assert found == [b"/api/"], "Twisted's _path: http_channel.py answers API clients in JSON"
