"""Requests take turns: a crowd from one address waits behind itself."""

import asyncio

import pytest
from asgiref.sync import sync_to_async

from common.errors import ExpectedError
from common.http import admission
from common.http.admission import Turns, by_turns, let_others_in
from tests.waiting import PATIENCE_SECONDS, let_others_run

pytestmark = pytest.mark.footing("embedded")


class Visitor:
    """A request on its way through an application of one turn at a time."""

    def __init__(self, site, address, path="/rooms/", hear=None):
        self.scope = {"type": "http", "path": path, "headers": [], "client": [address, 1]}
        self.answers = []
        self.began, self.may_end = asyncio.Event(), asyncio.Event()
        self.scope["visitor"] = self
        self.task = asyncio.ensure_future(site(self.scope, None, hear or self.hear))

    async def hear(self, event):
        self.answers.append(event.get("status"))

    async def begins(self):
        await asyncio.wait_for(self.began.wait(), PATIENCE_SECONDS)

    async def end(self):
        self.may_end.set()
        await asyncio.wait_for(self.task, PATIENCE_SECONDS)


async def work(scope, receive, send):
    visitor = scope["visitor"]
    visitor.began.set()
    await visitor.may_end.wait()
    await send({"type": "http.response.start", "status": 200})


async def settled():
    for _ in range(10):
        await let_others_run()


@pytest.fixture
def site():
    return by_turns(work, Turns(1))


async def test_of_each_address_one_is_let_in_before_the_next_of_a_crowd(site):
    crowd = [Visitor(site, "192.0.2.1") for _ in range(3)]
    await crowd[0].begins()
    other = Visitor(site, "192.0.2.2")
    await settled()
    assert not crowd[1].began.is_set() and not other.began.is_set()

    await crowd[0].end()
    await crowd[1].begins()
    await crowd[1].end()
    await other.begins()

    assert not crowd[2].began.is_set()
    await other.end()
    await crowd[2].end()
    assert all(visitor.answers == [200] for visitor in [*crowd, other])


async def test_who_gives_up_takes_nobodys_turn(site):
    first, gone, last = [Visitor(site, "192.0.2.1") for _ in range(3)]
    await first.begins()
    await settled()
    gone.task.cancel()

    await first.end()

    await last.begins()
    await last.end()
    assert not gone.began.is_set()


async def test_who_gives_up_at_the_moment_of_being_let_in_hands_the_turn_on():
    one_at_a_time = Turns(1)
    await one_at_a_time.take("a")
    gone, last = [asyncio.ensure_future(one_at_a_time.take("a")) for _ in range(2)]
    await settled()

    one_at_a_time.give_back()
    gone.cancel()

    await asyncio.wait_for(last, PATIENCE_SECONDS)


async def test_a_request_that_fails_gives_its_turn_back():
    async def fail(scope, receive, send):
        raise RuntimeError("a bug")

    site = by_turns(fail, Turns(1))
    for _ in range(2):
        with pytest.raises(RuntimeError):
            await Visitor(site, "192.0.2.1").task


async def test_a_slow_reader_keeps_no_turn(site):
    reading, stop = asyncio.Event(), asyncio.Event()

    async def hear_slowly(event):
        reading.set()
        await stop.wait()

    slow = Visitor(site, "192.0.2.1", hear=hear_slowly)
    slow.may_end.set()
    await reading.wait()

    other = Visitor(site, "192.0.2.1")
    await other.begins()
    await other.end()
    stop.set()
    await slow.task


async def test_who_waits_for_something_else_lets_others_in_and_gives_back_once():
    async def rest(scope, receive, send):
        await sync_to_async(let_others_in)()
        await work(scope, receive, send)

    one_at_a_time = Turns(1)
    site = by_turns(rest, one_at_a_time)
    first, second = Visitor(site, "192.0.2.1"), Visitor(site, "192.0.2.1")
    await asyncio.gather(first.begins(), second.begins())
    await first.end()
    await second.end()

    strict = by_turns(work, one_at_a_time)
    one, two = Visitor(strict, "192.0.2.1"), Visitor(strict, "192.0.2.1")
    await one.begins()
    await settled()
    assert not two.began.is_set()
    await one.end()
    await two.end()


@pytest.mark.parametrize(("path", "kind"), [("/rooms/", b"text/plain"), ("/api/v1/rooms", b"application/json")])
async def test_a_crowd_beyond_measure_is_refused_and_others_are_not(site, monkeypatch, path, kind):
    monkeypatch.setattr(admission, "WAITING_EACH", 2)
    crowd = [Visitor(site, "192.0.2.1", path) for _ in range(3)]
    await settled()
    told = []

    async def hear(event):
        told.append(event)

    await Visitor(site, "192.0.2.1", path, hear).task
    other = Visitor(site, "192.0.2.2", path)
    for visitor in [*crowd, other]:
        visitor.may_end.set()
    await asyncio.gather(*(visitor.task for visitor in [*crowd, other]))

    assert told[0]["status"] == 503 and dict(told[0]["headers"])[b"content-type"].startswith(kind)
    assert dict(told[0]["headers"])[b"retry-after"] == b"1" and told[1]["body"]
    assert other.answers == [200]


async def test_health_does_not_wait_behind_a_crowd(site):
    busy, waiting = [Visitor(site, "192.0.2.1") for _ in range(2)]
    await busy.begins()

    health, no_health = Visitor(site, "192.0.2.1", "/healthz"), Visitor(site, "192.0.2.1", "/healthz-or-so")

    await health.begins()
    await settled()
    assert not waiting.began.is_set() and not no_health.began.is_set()
    await health.end()
    await busy.end()
    await waiting.end()
    await no_health.end()


async def test_more_are_refused_by_the_code_that_programs_know():
    full = Turns(0)
    tasks = [asyncio.ensure_future(full.take("a")) for _ in range(admission.WAITING_EACH)]
    await settled()

    with pytest.raises(ExpectedError, match="busy"):
        await full.take("a")

    assert len(full) == admission.WAITING_EACH
    for task in tasks:
        task.cancel()
