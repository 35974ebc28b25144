"""Frames built once and written straight to the socket."""

import json

import pytest

from tests.waiting import until

pytestmark = pytest.mark.footing("embedded")

MANY_BYTES = 200_000  # more than a socket takes at once


def ask(line, *words):
    line.send(json.dumps(words))


@pytest.mark.parametrize("size", [10, 125, 126, 65_535, 65_536, MANY_BYTES])
def test_both_ways_out_keep_one_order_whatever_the_socket_takes(ground, size):
    line = ground.line()

    ask(line, "mix", 60, size)

    assert line.read_all() == 1000
    assert [int(text.split(":")[0]) for text in line.texts] == list(range(60))
    assert {len(text) for text in line.texts} == {size}


def test_compression_is_not_negotiated_for_frames_are_the_same_for_all(ground):
    line = ground.line()

    assert "Sec-WebSocket-Extensions" in line.protocol.connect().headers
    assert "Sec-WebSocket-Extensions" not in line.answer.headers


def test_a_reader_that_stops_and_goes_on_in_time_reads_why_it_is_cut_off(ground):
    line = ground.line()

    ask(line, "flood", 100_000)

    assert line.read_all() == 4008
    assert [json.loads(text)["n"] for text in line.texts] == list(range(len(line.texts)))


def test_a_reader_that_never_reads_is_gone_soon_and_delays_nobody(own_ground):
    line, other = own_ground.line("/stuck"), own_ground.line("/other")

    ask(line, "flood", 100_000)
    ask(other, "echo", "still here")

    while not other.texts:
        other.read()
    until(lambda: "/stuck" in own_ground.ask("/")["gone"], what="the line of the stuck reader ends")
