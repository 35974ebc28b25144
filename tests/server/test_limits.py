"""What the server takes from its clients, and how it says no."""

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
from tests.waiting import PATIENCE_SECONDS, until

from .sample_app import BODY_BYTES, MESSAGE_BYTES

pytestmark = pytest.mark.footing("embedded")

MIB = 2**20


@pytest.mark.parametrize("code", [1000, 1001, 1008, 1011, 1012, 3000, 4003])
def test_the_application_closes_with_any_code_and_says_why(ground, code):
    line = ground.line()

    line.send(json.dumps(["close", code, "porqué"]))

    assert line.read_all() == code
    assert line.protocol.close_reason == "porqué"


def test_a_long_reason_is_cut_between_letters(ground):
    line = ground.line()

    line.send(json.dumps(["close", 4000, "ñ" * 200]))

    assert line.read_all() == 4000
    assert line.protocol.close_reason == "ñ" * 61


def test_a_message_at_the_limit_is_taken_and_one_beyond_it_closes_with_1009(ground):
    line, words = ground.line(), json.dumps(["echo", ""])
    line.send(json.dumps(["echo", "x" * (MESSAGE_BYTES - len(words))]))
    while not line.texts:
        line.read()

    line.send("x" * (MESSAGE_BYTES + 1))

    assert line.read_all() == 1009


def test_answers_may_be_longer_than_questions(ground):
    line = ground.line()

    line.send(json.dumps(["mix", 1, 3_000_000]))

    assert line.read_all() == 1000
    assert len(line.texts[0]) == 3_000_000


def test_invalid_utf8_closes_with_1007(ground):
    line = ground.line()

    line.protocol.send_text(b"\xff\xfe")
    line._flush()

    assert line.read_all() == 1007


def test_who_sends_faster_than_the_application_takes_is_read_no_faster_and_loses_nothing(own_ground):
    line, other = own_ground.line(), own_ground.line("/other")
    line.send(json.dumps(["think", "/other"]))
    line.socket.settimeout(1)
    sent = itertools.count()
    with pytest.raises(TimeoutError):
        while True:
            line.send(json.dumps(["echo", f"{next(sent)}:".ljust(5000, "x")]))
    line.socket.settimeout(15)

    other.close()

    whole = next(sent) - 1
    while len(line.texts) < whole:
        line.read()
    assert [int(text.split(":")[0]) for text in line.texts] == list(range(whole))


def test_who_sends_much_at_once_waits_a_turn_for_each_message_and_is_read_in_portions(ground):
    line, count = ground.line(), 2000

    for _ in range(count):
        line.protocol.send_text(b'["count_turns"]')
    line.send_bytes(b"".join(line.protocol.data_to_send()))
    while len(line.texts) < count:
        line.read()

    turns, waiting = zip(*(map(int, text.split()) for text in line.texts), strict=True)
    assert len(set(turns)) > 0.9 * count  # where none waited, the next may come in the same turn
    assert max(waiting) <= QUEUED_MESSAGES


@pytest.mark.parametrize("portion", [1_000, 65_537])
def test_what_still_comes_after_the_end_is_passed_over_up_to_the_clients_own_close(own_ground, portion):
    line = own_ground.line("/flood")
    line.send(json.dumps(["close", 4009, "flood"]))
    assert select.select([line.socket], [], [], PATIENCE_SECONDS)[0]  # its close has come, and is not read yet
    for size in [0, 1, 125, 126, 65_535, 65_536, 5] * 3:
        line.protocol.send_text(b"x" * size)
    line.protocol.send_close(4321)
    flood = b"".join(line.protocol.data_to_send())

    for start in range(0, len(flood), portion):
        line.send_bytes(flood[start : start + portion])

    assert line.read_all() == 4009
    until(lambda: own_ground.ask("/")["gone"].get("/flood"), what="its end is known")
    assert own_ground.ask("/")["gone"]["/flood"] == 4321  # and not 1006: it was found behind all the rest


@pytest.mark.parametrize("head", [b"\x89\xff", b"\x88\xff", b"\x81\xff", b"\x8b\xff", b"\x09\xff"])
def test_a_frame_without_an_end_is_not_kept(own_ground, head):
    line, portion = own_ground.line(), b"x" * MIB
    line.send_bytes(head + (2**40).to_bytes(8) + b"mask")
    assert select.select([line.socket], [], [], PATIENCE_SECONDS)[0]  # it is told to go

    before = most_memory(own_ground)
    with contextlib.suppress(ConnectionError):
        for _ in range(64):
            line.send_bytes(portion)

    assert most_memory(own_ground) - before < 16 * MIB
    assert own_ground.ask("/size", b"still well")["size"] == 10


def most_memory(ground):
    status = Path(f"/proc/{ground.process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024


def test_who_says_goodbye_and_reads_nothing_is_gone_all_the_same(own_ground):
    line = own_ground.line("/stuck")
    for _ in range(600):  # more than the kernel keeps for it
        line.send(json.dumps(["echo", "x" * 19_000]))

    line.protocol.send_close(1000)
    line.send_bytes(b"".join(line.protocol.data_to_send()))

    until(lambda: "/stuck" in own_ground.ask("/")["gone"], what="its line ends")


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536])
@pytest.mark.parametrize("mask", [True, False])
def test_the_length_of_a_frame_is_known_when_its_head_is_there(size, mask):
    data = b"before" + Frame(Opcode.TEXT, b"x" * size).serialize(mask=mask)
    length = len(data) - len(b"before")

    known = [frame_length(data[:end], len(b"before")) for end in range(6, min(len(data), 24) + 1)]

    assert known[-1] == length
    assert set(known) <= {None, length} and known == sorted(known, key=lambda one: one is not None)


def test_who_waits_at_the_door_comes_in_by_turns_and_at_the_end_all_at_once():
    factory = Factory.forProtocol(Protocol)
    port = Port(0, factory, interface="127.0.0.1", reactor=reactor)
    port.startListening()
    with contextlib.ExitStack() as lines:
        for _ in range(5):
            lines.enter_context(socket.create_connection(port.socket.getsockname()))
        limit_accepts(port)

        port.doRead()
        came_in = port.sessionno
        accept_pending(port)

        assert (came_in, port.sessionno) == (1, 5)
    port.stopListening()


def test_a_body_at_the_limit_is_taken(ground):
    assert ground.ask("/size", b"x" * BODY_BYTES)["size"] == BODY_BYTES


@pytest.mark.parametrize("head", [b"Content-Length: 400000000", b"Transfer-Encoding: chunked"])
@pytest.mark.parametrize("expect", [b"", b"Expect: 100-continue\r\n"])
def test_a_body_beyond_the_limit_is_refused_while_it_still_comes(ground, head, expect):
    with socket.create_connection(("127.0.0.1", ground.port), timeout=10) as line:
        line.sendall(b"POST /size HTTP/1.1\r\nHost: here\r\n" + expect + head + b"\r\n\r\n")
        for _ in range(20):
            line.sendall(b"2710\r\n" + b"x" * 10_000 + b"\r\n")
        answer = line.makefile("rb").read()
    if head.startswith(b"Transfer") and expect:
        answer = answer.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert answer.count(b"HTTP/1.1") == 1
    assert ground.ask("/size", b"still well")["size"] == 10


def asked(ground, *portions):
    """The whole answer to what is sent, and no second one: `(status, headers, body)`."""
    with socket.create_connection(("127.0.0.1", ground.port), timeout=10) as line:
        for portion in portions:
            line.sendall(portion)
        head, _end, body = line.makefile("rb").read().partition(b"\r\n\r\n")
    status, *headers = head.decode().split("\r\n")
    assert status.startswith("HTTP/1.1 ") and "HTTP/1.1" not in body.decode()
    return int(status.split()[1]), {name.lower(): value for name, value in (one.split(": ") for one in headers)}, body


@pytest.mark.parametrize("body", [b"Content-Length: 400000000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\nf4240\r\n"])
def test_a_program_reads_why_its_body_is_refused(ground, body):
    head = b"POST /api/v1/rooms/1/messages HTTP/1.1\r\nHost: here\r\n" + body

    status, headers, told = asked(ground, head, *[b"x" * 10_000] * 20)

    assert (status, json.loads(told)["error"]["code"]) == (413, "too_large")
    assert (headers["content-type"], headers["connection"]) == ("application/json", "close")
    assert int(headers["content-length"]) == len(told)
    assert ground.ask("/size", b"still well")["size"] == 10


HEAD = b"POST /size HTTP/1.1\r\nHost: here\r\n"
NO_REQUESTS = {
    "words": (400, b"nonsense\r\n\r\n"),
    "a length": (400, HEAD + b"Content-Length: ten\r\n\r\n"),
    "a chunk": (400, HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
    "a form": (400, HEAD + b"Content-Type: multipart/form-data\r\nContent-Length: 3\r\n\r\nx=y"),
    "a header": (400, HEAD + b"no colon\r\nX: y\r\n\r\nGET / HTTP/1.1\r\n\r\n"),
    "headers": (400, HEAD + b"X-Long: 0123456789012345678901234567890123456789\r\n" * 1000),
    "a long header": (431, HEAD + b"X-Long: " + b"x" * 70_000),
    "a long path": (431, b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n"),
}


@pytest.mark.parametrize(("wanted", "odd"), NO_REQUESTS.values(), ids=NO_REQUESTS)
def test_what_is_no_request_is_told_so_and_guarded_as_every_answer(ground, wanted, odd):
    status, headers, body = asked(ground, odd)

    assert (status, headers["content-length"], body) == (wanted, "0", b"")
    assert headers["x-content-type-options"] == "nosniff" and "default-src 'none'" in headers["content-security-policy"]
    assert ground.ask("/size", b"still well")["size"] == 10


def test_a_form_that_is_none_is_refused_to_a_program_as_every_call(ground):
    odd = NO_REQUESTS["a form"][1].replace(b"/size", b"/api/v1/tokens")
    status, _headers, body = asked(ground, odd)
    assert (status, json.loads(body)["error"]["code"]) == (400, "bad_request")
