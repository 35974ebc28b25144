"""Admission control: requests of one address queue behind each other, not in front of others."""

import asyncio

import pytest
from asgiref.sync import sync_to_async

from common.errors import ExpectedError
from common.http import admission
from common.http.admission import AdmissionControl, admission_middleware, release_slot
from tests.waiting import TIMEOUT_SECONDS, let_others_run

pytestmark = pytest.mark.footing("embedded")


class PendingRequest:
    """A request to an application that admits one at a time."""

    def __init__(self, app, address, path="/rooms/", send=None):
        self.scope = {"type": "http", "path": path, "headers": [], "client": [address, 1]}
        self.answers = []
        self.started, self.may_finish = asyncio.Event(), asyncio.Event()
        self.scope["request"] = self
        self.task = asyncio.ensure_future(app(self.scope, None, send or self.on_send))

    async def on_send(self, event):
        self.answers.append(event.get("status"))

    async def wait_started(self):
        await asyncio.wait_for(self.started.wait(), TIMEOUT_SECONDS)

    async def finish(self):
        self.may_finish.set()
        await asyncio.wait_for(self.task, TIMEOUT_SECONDS)


async def handle(scope, receive, send):
    request = scope["request"]
    request.started.set()
    await request.may_finish.wait()
    await send({"type": "http.response.start", "status": 200})


async def run_pending_tasks():
    for _ in range(10):
        await let_others_run()


@pytest.fixture
def app():
    return admission_middleware(handle, AdmissionControl(1))


async def test_addresses_are_admitted_in_turn(app):
    queue = [PendingRequest(app, "192.0.2.1") for _ in range(3)]
    await queue[0].wait_started()
    other = PendingRequest(app, "192.0.2.2")
    await run_pending_tasks()
    assert not queue[1].started.is_set() and not other.started.is_set()

    await queue[0].finish()
    await queue[1].wait_started()
    await queue[1].finish()
    await other.wait_started()

    assert not queue[2].started.is_set()
    await other.finish()
    await queue[2].finish()
    assert all(request.answers == [200] for request in [*queue, other])


async def test_cancelled_request_leaves_the_queue(app):
    first, gone, last = [PendingRequest(app, "192.0.2.1") for _ in range(3)]
    await first.wait_started()
    await run_pending_tasks()
    gone.task.cancel()

    await first.finish()

    await last.wait_started()
    await last.finish()
    assert not gone.started.is_set()


async def test_request_cancelled_on_admission_passes_its_slot_on():
    one_at_a_time = AdmissionControl(1)
    await one_at_a_time.acquire("a")
    gone, last = [asyncio.ensure_future(one_at_a_time.acquire("a")) for _ in range(2)]
    await run_pending_tasks()

    one_at_a_time.release()
    gone.cancel()

    await asyncio.wait_for(last, TIMEOUT_SECONDS)


async def test_failed_request_releases_its_slot():
    async def fail(scope, receive, send):
        raise RuntimeError("a bug")

    app = admission_middleware(fail, AdmissionControl(1))
    for _ in range(2):
        with pytest.raises(RuntimeError):
            await PendingRequest(app, "192.0.2.1").task


async def test_slow_reader_holds_no_slot(app):
    reading, stop = asyncio.Event(), asyncio.Event()

    async def send_slowly(event):
        reading.set()
        await stop.wait()

    slow = PendingRequest(app, "192.0.2.1", send=send_slowly)
    slow.may_finish.set()
    await reading.wait()

    other = PendingRequest(app, "192.0.2.1")
    await other.wait_started()
    await other.finish()
    stop.set()
    await slow.task


async def test_request_that_waits_releases_its_slot_once():
    async def wait(scope, receive, send):
        await sync_to_async(release_slot)()
        await handle(scope, receive, send)

    one_at_a_time = AdmissionControl(1)
    app = admission_middleware(wait, one_at_a_time)
    first, second = PendingRequest(app, "192.0.2.1"), PendingRequest(app, "192.0.2.1")
    await asyncio.gather(first.wait_started(), second.wait_started())
    await first.finish()
    await second.finish()

    strict = admission_middleware(handle, one_at_a_time)
    one, two = PendingRequest(strict, "192.0.2.1"), PendingRequest(strict, "192.0.2.1")
    await one.wait_started()
    await run_pending_tasks()
    assert not two.started.is_set()
    await one.finish()
    await two.finish()


@pytest.mark.parametrize(("path", "kind"), [("/rooms/", b"text/plain"), ("/api/v1/rooms", b"application/json")])
async def test_full_queue_of_one_address_refuses_only_that_address(app, monkeypatch, path, kind):
    monkeypatch.setattr(admission, "QUEUE_LIMIT", 2)
    queue = [PendingRequest(app, "192.0.2.1", path) for _ in range(3)]
    await run_pending_tasks()
    events = []

    async def record(event):
        events.append(event)

    await PendingRequest(app, "192.0.2.1", path, record).task
    other = PendingRequest(app, "192.0.2.2", path)
    for request in [*queue, other]:
        request.may_finish.set()
    await asyncio.gather(*(request.task for request in [*queue, other]))

    assert events[0]["status"] == 503 and dict(events[0]["headers"])[b"content-type"].startswith(kind)
    assert dict(events[0]["headers"])[b"retry-after"] == b"1" and events[1]["body"]
    assert other.answers == [200]


async def test_health_check_bypasses_the_queue(app):
    busy, waiting = [PendingRequest(app, "192.0.2.1") for _ in range(2)]
    await busy.wait_started()

    health, other = PendingRequest(app, "192.0.2.1", "/healthz"), PendingRequest(app, "192.0.2.1", "/healthz-or-so")

    await health.wait_started()
    await run_pending_tasks()
    assert not waiting.started.is_set() and not other.started.is_set()
    await health.finish()
    await busy.finish()
    await waiting.finish()
    await other.finish()


async def test_full_queue_raises_busy():
    full = AdmissionControl(0)
    tasks = [asyncio.ensure_future(full.acquire("a")) for _ in range(admission.QUEUE_LIMIT)]
    await run_pending_tasks()

    with pytest.raises(ExpectedError, match="busy"):
        await full.acquire("a")

    assert len(full) == admission.QUEUE_LIMIT
    for task in tasks:
        task.cancel()
