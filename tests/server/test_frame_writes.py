"""Direct frame writes: frames are encoded once and written past the WebSocket library."""

import json

import pytest

from tests.waiting import until

pytestmark = pytest.mark.footing("embedded")

LARGE_BYTES = 200_000  # more than the kernel accepts at once


def command(websocket, *words):
    websocket.send(json.dumps(words))


@pytest.mark.parametrize("size", [10, 125, 126, 65_535, 65_536, LARGE_BYTES])
def test_asgi_and_direct_writes_keep_one_order(server, size):
    websocket = server.connect()

    command(websocket, "interleave", 60, size)

    assert websocket.read_all() == 1000
    assert [int(text.split(":")[0]) for text in websocket.texts] == list(range(60))
    assert {len(text) for text in websocket.texts} == {size}


def test_compression_is_not_negotiated(server):
    websocket = server.connect()

    # Frames are shared by all connections, and compression would need state for each.
    assert "Sec-WebSocket-Extensions" in websocket.protocol.connect().headers
    assert "Sec-WebSocket-Extensions" not in websocket.response.headers


def test_slow_reader_that_resumes_in_time_receives_the_close_code(server):
    websocket = server.connect()

    command(websocket, "flood", 100_000)

    assert websocket.read_all() == 4008
    assert [json.loads(text)["n"] for text in websocket.texts] == list(range(len(websocket.texts)))


def test_client_that_never_reads_is_disconnected_and_delays_no_others(own_server):
    websocket, other = own_server.connect("/stuck"), own_server.connect("/other")

    command(websocket, "flood", 100_000)
    command(other, "echo", "still here")

    while not other.texts:
        other.read()
    until(lambda: "/stuck" in own_server.request("/")["close_codes"], what="the stuck connection ends")
