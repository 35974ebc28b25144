"""What our server leans on though nobody promised it: each name that goes is named here."""

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

OF_A_SOCKET = {
    "transport.dataBuffer": "Twisted's: wire.py counts what waits for the kernel",
    "transport.offset": "Twisted's: wire.py counts what waits for the kernel",
    "transport._tempDataLen": "Twisted's: wire.py counts what waits for the kernel",
    "transport.TLS": "Twisted's: wire.py writes past Twisted only where nothing is encrypted",
    "transport.socket": "Twisted's: wire.py hands the kernel what it takes at once",
    "state": "autobahn's: wire.py writes nothing once the close has begun",
    "STATE_OPEN": "autobahn's: wire.py writes nothing once the close has begun",
    "send_queue": "autobahn's: wire.py does not overtake what it spreads over time",
    "sendData": "autobahn's: wire.py queues what the kernel did not take",
    "sendCloseFrame": "autobahn's: wire.py closes with any code and a reason",
    "current_frame": "autobahn's: wire.py passes over whole frames only",
    "current_frame_masker": "autobahn's: wire.py knows how much of a frame has come",
    "factory.reactor": "Daphne's: wire.py has the end of a line come later",
    "data": "autobahn's: wire.py passes over what was read and not looked at",
    "application_queue": "Daphne's: wire.py reads a client no faster than the application",
    "server.connections": "Daphne's: server.py knows what still runs at the end",
    "factory.failByDrop": "autobahn's: server.py has limits answered before the line is closed",
    "factory.closeHandshakeTimeout": "autobahn's: server.py gives slow lines time to read why",
}
OF_A_CLASS = [
    (WebRequest, "gotLength", "Twisted's: server.py refuses a body by its announced length"),
    (WebRequest, "handleContentChunk", "Twisted's: server.py counts a body as it comes"),
    (WebRequest, "process", "Daphne's: server.py keeps refused requests from the application"),
    (DaphneServer, "create_application", "Daphne's: server.py puts the extension into the scope"),
    (DaphneServer, "listen_success", "Daphne's: server.py stops listening before it drains"),
    (DaphneServer, "kill_all_applications", "Daphne's: server.py drains instead"),
    (Port, "doRead", "Twisted's: server.py lets in a few at once, and at the end whom the kernel has let in"),
    (HTTPFactory, "protocol", "Twisted's: server.py has connections of its own kind made"),
    (HTTPChannel, "lineLengthExceeded", "Twisted's: channel.py says why before it hangs up"),
    (
        HTTPChannel,
        "_respondToBadRequestAndDisconnect",
        "Twisted's: channel.py has the headers of every answer there too",
    ),
    (HTTPChannel, "rawDataReceived", "Twisted's: channel.py throws away what comes after a refusal"),
    (WebSocketProtocol, "processData", "autobahn's: wire.py leaves out what comes after the end"),
    (WebSocketProtocol, "_closeConnection", "autobahn's: wire.py gives slow readers an end"),
    (autobahn, "pformat", "autobahn's: wire.py spares it a description of each connection"),
]


def test_names_of_a_live_socket(ground):
    line, missing = ground.line(), {}
    for name, purpose in OF_A_SOCKET.items():
        line.texts.clear()
        line.send(json.dumps(["look", name]))
        while not line.texts:
            line.read()
        if line.texts != ["there"]:
            missing[name] = purpose
    assert not missing, f"Gone: {missing}"


@pytest.mark.parametrize(("owner", "name", "purpose"), OF_A_CLASS)
def test_names_of_classes(owner, name, purpose):
    assert callable(getattr(owner, name, None)), f"{owner.__name__}.{name} is gone, {purpose}"


def test_the_loop_has_its_name():
    assert hasattr(reactor, "_asyncioEventloop"), "Twisted's: workers listen there for the end of their parent"


def test_what_waits_is_counted_by_twisteds_own_numbers():
    here, there = socket.socketpair()
    transport = Connection(here, Protocol(), reactor)
    transport.connected = True
    transport.write(b"12345")
    assert len(transport.dataBuffer) - transport.offset + transport._tempDataLen == 5, "_tempDataLen counts otherwise"
    transport.doWrite()
    assert len(transport.dataBuffer) - transport.offset + transport._tempDataLen == 0, "dataBuffer or offset changed"
    transport.stopWriting()
    here.close()
    there.close()


@pytest.mark.asyncio(loop_scope="session")
async def test_the_record_of_a_connection_has_the_names_that_the_end_looks_at():
    async def application(scope, receive, send):
        pass

    server, protocol = DaphneServer(application, ["none"]), object()
    server.connections = {}
    server.protocol_connected(protocol)
    server.create_application(protocol, {"type": "websocket"})
    server.protocol_disconnected(protocol)
    record = server.connections[protocol]
    assert "application_instance" in record, "Daphne's record of a connection has no application_instance any more"
    assert "disconnected" in record, "Daphne's record of a connection does not say disconnected any more"
    await record["application_instance"]


def test_the_path_of_a_request_is_known_before_its_body():
    channel, found = HTTPChannel(), []
    channel.requestFactory = type(
        "Asked", (TwistedRequest,), {"gotLength": lambda self, _length: found.append(channel._path)}
    )
    channel.makeConnection(StringTransport())
    channel.dataReceived(b"POST /api/ HTTP/1.1\r\nContent-Length: 3\r\n\r\n")
    channel.setTimeout(None)
    assert found == [b"/api/"], "Twisted's _path: channel.py answers programs in JSON"
