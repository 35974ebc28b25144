"""The server's limits on input, and how it refuses what exceeds them."""

import contextlib
import itertools
import json
import re
import select
import socket
from pathlib import Path

import pytest
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.tcp import Port
from websockets.frames import Frame, Opcode

from chatsite.server.asgi_server import accept_pending, limit_accepts, reactor
from chatsite.server.websocket import QUEUED_MESSAGES, frame_length
from tests.waiting import TIMEOUT_SECONDS, until

from .scripted_app import BODY_BYTES, MESSAGE_BYTES

pytestmark = pytest.mark.footing("embedded")

MIB = 2**20


@pytest.mark.parametrize("code", [1000, 1001, 1008, 1011, 1012, 3000, 4003])
def test_application_closes_with_any_code_and_reason(server, code):
    websocket = server.connect()

    websocket.send(json.dumps(["close", code, "porqué"]))

    assert websocket.read_all() == code
    assert websocket.protocol.close_reason == "porqué"


def test_long_close_reason_is_truncated_at_a_character(server):
    websocket = server.connect()

    websocket.send(json.dumps(["close", 4000, "ñ" * 200]))

    assert websocket.read_all() == 4000
    assert websocket.protocol.close_reason == "ñ" * 61


def test_message_at_the_limit_is_accepted_and_a_longer_one_closes_with_1009(server):
    websocket, empty = server.connect(), json.dumps(["echo", ""])
    websocket.send(json.dumps(["echo", "x" * (MESSAGE_BYTES - len(empty))]))
    while not websocket.texts:
        websocket.read()

    websocket.send("x" * (MESSAGE_BYTES + 1))

    assert websocket.read_all() == 1009


def test_sent_messages_may_exceed_the_input_limit(server):
    websocket = server.connect()

    websocket.send(json.dumps(["interleave", 1, 3_000_000]))

    assert websocket.read_all() == 1000
    assert len(websocket.texts[0]) == 3_000_000


def test_invalid_utf8_closes_with_1007(server):
    websocket = server.connect()

    websocket.protocol.send_text(b"\xff\xfe")
    websocket._flush()

    assert websocket.read_all() == 1007


def test_backpressure_pauses_a_fast_sender_and_loses_nothing(own_server):
    websocket, other = own_server.connect(), own_server.connect("/other")
    websocket.send(json.dumps(["block", "/other"]))
    websocket.socket.settimeout(1)
    sent = itertools.count()
    with pytest.raises(TimeoutError):
        while True:
            websocket.send(json.dumps(["echo", f"{next(sent)}:".ljust(5000, "x")]))
    websocket.socket.settimeout(15)

    other.close()

    complete = next(sent) - 1
    while len(websocket.texts) < complete:
        websocket.read()
    assert [int(text.split(":")[0]) for text in websocket.texts] == list(range(complete))


def test_burst_is_handled_one_message_per_loop_iteration_with_a_bounded_queue(server):
    websocket, count = server.connect(), 2000

    for _ in range(count):
        websocket.protocol.send_text(b'["count_turns"]')
    websocket.send_bytes(b"".join(websocket.protocol.data_to_send()))
    while len(websocket.texts) < count:
        websocket.read()

    turns, queued = zip(*(map(int, text.split()) for text in websocket.texts), strict=True)
    assert len(set(turns)) > 0.9 * count  # with an empty queue, the next message may be handled in the same iteration
    assert max(queued) <= QUEUED_MESSAGES


@pytest.mark.parametrize("chunk", [1_000, 65_537])
def test_input_after_the_close_is_discarded_up_to_the_clients_close_frame(own_server, chunk):
    websocket = own_server.connect("/flood")
    websocket.send(json.dumps(["close", 4009, "flood"]))
    assert select.select([websocket.socket], [], [], TIMEOUT_SECONDS)[0]  # the close frame has arrived
    for size in [0, 1, 125, 126, 65_535, 65_536, 5] * 3:
        websocket.protocol.send_text(b"x" * size)
    websocket.protocol.send_close(4321)
    flood = b"".join(websocket.protocol.data_to_send())

    for start in range(0, len(flood), chunk):
        websocket.send_bytes(flood[start : start + chunk])

    assert websocket.read_all() == 4009
    until(lambda: own_server.request("/")["close_codes"].get("/flood"), what="the disconnect is handled")
    assert (
        own_server.request("/")["close_codes"]["/flood"] == 4321
    )  # and not 1006: the close frame was found behind the discarded input


@pytest.mark.parametrize("head", [b"\x89\xff", b"\x88\xff", b"\x81\xff", b"\x8b\xff", b"\x09\xff"])
def test_endless_frame_is_not_buffered(own_server, head):
    websocket, chunk = own_server.connect(), b"x" * MIB
    websocket.send_bytes(head + (2**40).to_bytes(8) + b"mask")
    assert select.select([websocket.socket], [], [], TIMEOUT_SECONDS)[0]  # the server has closed it

    before = peak_memory_bytes(own_server)
    with contextlib.suppress(ConnectionError):
        for _ in range(64):
            websocket.send_bytes(chunk)

    assert peak_memory_bytes(own_server) - before < 16 * MIB
    assert own_server.request("/size", b"still well")["size"] == 10


def peak_memory_bytes(server):
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024


def test_client_that_closes_and_never_reads_is_disconnected(own_server):
    websocket = own_server.connect("/stuck")
    for _ in range(600):  # more than the kernel buffers
        websocket.send(json.dumps(["echo", "x" * 19_000]))

    websocket.protocol.send_close(1000)
    websocket.send_bytes(b"".join(websocket.protocol.data_to_send()))

    until(lambda: "/stuck" in own_server.request("/")["close_codes"], what="the connection ends")


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536])
@pytest.mark.parametrize("mask", [True, False])
def test_frame_length_is_known_once_the_header_is_complete(size, mask):
    data = b"before" + Frame(Opcode.TEXT, b"x" * size).serialize(mask=mask)
    length = len(data) - len(b"before")

    known = [frame_length(data[:end], len(b"before")) for end in range(6, min(len(data), 24) + 1)]

    assert known[-1] == length
    assert set(known) <= {None, length} and known == sorted(known, key=lambda one: one is not None)


def test_connections_are_accepted_one_at_a_time_and_all_at_shutdown():
    factory = Factory.forProtocol(Protocol)
    port = Port(0, factory, interface="127.0.0.1", reactor=reactor)
    port.startListening()
    with contextlib.ExitStack() as connections:
        for _ in range(5):
            connections.enter_context(socket.create_connection(port.socket.getsockname()))
        limit_accepts(port)

        port.doRead()
        accepted = port.sessionno
        accept_pending(port)

        assert (accepted, port.sessionno) == (1, 5)
    port.stopListening()


def test_body_at_the_limit_is_accepted(server):
    assert server.request("/size", b"x" * BODY_BYTES)["size"] == BODY_BYTES


@pytest.mark.parametrize("head", [b"Content-Length: 400000000", b"Transfer-Encoding: chunked"])
@pytest.mark.parametrize("expect", [b"", b"Expect: 100-continue\r\n"])
def test_body_over_the_limit_is_refused_while_it_arrives(server, head, expect):
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(b"POST /size HTTP/1.1\r\nHost: here\r\n" + expect + head + b"\r\n\r\n")
        for _ in range(20):
            connection.sendall(b"2710\r\n" + b"x" * 10_000 + b"\r\n")
        answer = connection.makefile("rb").read()
    if head.startswith(b"Transfer") and expect:
        answer = answer.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert answer.count(b"HTTP/1.1") == 1
    assert server.request("/size", b"still well")["size"] == 10


def exchange(server, *chunks):
    """Send these bytes; the one response: `(status, headers, body)`."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        for chunk in chunks:
            connection.sendall(chunk)
        head, _end, body = connection.makefile("rb").read().partition(b"\r\n\r\n")
    status, *headers = head.decode().split("\r\n")
    assert status.startswith("HTTP/1.1 ") and "HTTP/1.1" not in body.decode()
    return int(status.split()[1]), {name.lower(): value for name, value in (one.split(": ") for one in headers)}, body


@pytest.mark.parametrize("body", [b"Content-Length: 400000000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\nf4240\r\n"])
def test_api_client_receives_the_error_code_for_an_oversized_body(server, body):
    head = b"POST /api/v1/rooms/1/messages HTTP/1.1\r\nHost: here\r\n" + body

    status, headers, answer = exchange(server, head, *[b"x" * 10_000] * 20)

    assert (status, json.loads(answer)["error"]["code"]) == (413, "too_large")
    assert (headers["content-type"], headers["connection"]) == ("application/json", "close")
    assert int(headers["content-length"]) == len(answer)
    assert server.request("/size", b"still well")["size"] == 10


HEAD = b"POST /size HTTP/1.1\r\nHost: here\r\n"
INVALID_REQUESTS = {
    "words": (400, b"nonsense\r\n\r\n"),
    "a length": (400, HEAD + b"Content-Length: ten\r\n\r\n"),
    "a chunk": (400, HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
    "a form": (400, HEAD + b"Content-Type: multipart/form-data\r\nContent-Length: 3\r\n\r\nx=y"),
    "a header": (400, HEAD + b"no colon\r\nX: y\r\n\r\nGET / HTTP/1.1\r\n\r\n"),
    "headers": (400, HEAD + b"X-Long: 0123456789012345678901234567890123456789\r\n" * 1000),
    "a long header": (431, HEAD + b"X-Long: " + b"x" * 70_000),
    "a long path": (431, b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n"),
}


@pytest.mark.parametrize(("expected", "data"), INVALID_REQUESTS.values(), ids=INVALID_REQUESTS)
def test_invalid_request_is_refused_with_the_security_headers(server, expected, data):
    status, headers, body = exchange(server, data)

    assert (status, headers["content-length"], body) == (expected, "0", b"")
    assert headers["x-content-type-options"] == "nosniff" and "default-src 'none'" in headers["content-security-policy"]
    assert server.request("/size", b"still well")["size"] == 10


def test_invalid_form_is_refused_to_api_clients_with_an_error_code(server):
    data = INVALID_REQUESTS["a form"][1].replace(b"/size", b"/api/v1/tokens")
    status, _headers, body = exchange(server, data)
    assert (status, json.loads(body)["error"]["code"]) == (400, "bad_request")
