"""Who takes part is served before a crowd of whom nobody knows who they are; and of a crowd nobody is forgotten."""

import json
import os
import random
import signal
import socket
from selectors import EVENT_READ, SelectorKey

import pytest

from chatsite.lines import STRANGERS_AT_ONCE, Lines
from tests.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.footing("embedded")

CROWD = 40


def ready(*numbers):
    """As a selector says it."""
    return [(SelectorKey(number, number, EVENT_READ, None), EVENT_READ) for number in numbers]


def numbers(chosen):
    return [key.fd for key, _events in chosen]


@pytest.fixture
def lines():
    """Those with numbers from 100 on are strangers."""
    lines = Lines()
    for number in range(100, 100 + CROWD):
        lines.add(number)
    return lines


def test_whoever_is_known_is_served_at_once_and_of_a_crowd_a_few(lines):
    everybody = [*range(10), *range(100, 100 + CROWD)]
    random.shuffle(everybody)

    chosen = numbers(lines.choose(ready(*everybody)))

    assert {number for number in chosen if number < 100} == set(range(10))
    assert len(chosen) == 10 + STRANGERS_AT_ONCE
    assert chosen == [number for number in everybody if number in chosen]


def test_nobody_waits_longer_than_those_before_them_though_ever_more_come(lines):
    served, waiting = [], set(range(100, 100 + CROWD))
    lines.choose(ready(*waiting))
    for newcomer in range(1000, 1000 + CROWD):
        lines.add(newcomer)
        waiting.add(newcomer)
        chosen = numbers(lines.choose(ready(*waiting)))
        waiting -= set(chosen)
        served += chosen

    assert set(served[:CROWD]) == set(range(100, 100 + CROWD))


def test_who_asks_again_and_again_waits_behind_who_has_not_been_served(lines):
    served = []
    while len(set(served)) < CROWD:
        served += numbers(lines.choose(ready(*range(100, 100 + CROWD))))

    assert len(served) <= CROWD + STRANGERS_AT_ONCE


def test_who_is_known_now_or_has_ended_is_no_stranger_any_more(lines):
    for number in range(100, 100 + CROWD):
        lines.remove(number)
    lines.remove(7)  # who never was one

    assert len(lines.choose(ready(*range(100, 100 + CROWD)))) == CROWD


def test_one_who_takes_part_is_heard_before_a_crowd_that_was_there_first(ground):
    known, holder = ground.line("/known"), ground.line("/holder")
    known.ask("come_first")
    crowd = [socket.create_connection(("127.0.0.1", ground.port), PATIENCE_SECONDS) for _ in range(CROWD)]
    for one in crowd:
        ask(one)
        hear(one)
    holder.ask("hold")  # the loop stands still, and all that follows is ready when it looks again
    for one in crowd:
        ask(one)
    known.send(json.dumps(["note"]))

    os.kill(ground.process.pid, signal.SIGUSR1)

    for one in crowd:
        hear(one)
        one.close()
    served = ground.ask("/served")["served"]
    assert served.count("/crowd") == 2 * CROWD
    assert served.index("/known") < 1.5 * CROWD


def ask(line):
    line.sendall(b"GET /crowd HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")


def hear(line):
    """Read one answer, whose end is that of its JSON."""
    answer = b""
    while not answer.endswith(b"}\r\n0\r\n\r\n"):
        part = line.recv(65536)
        assert part, answer
        answer += part
