"""Closed connections and answered requests leave no reference cycles: each garbage collection would block the loop."""

import asyncio
import gc
import json

import pytest

from common.http.asgi_handler import AcyclicASGIHandler, AcyclicRequest
from tests.waiting import until

pytestmark = pytest.mark.once("embedded")


@pytest.mark.footing("embedded")
def test_closed_websocket_is_freed_without_garbage_collection(own_server):
    for closed_by in ("server", "client"):
        sockets = [own_server.connect() for _ in range(5)]
        assert own_server.request("/open")["websockets"] == 5
        for socket in sockets:
            if closed_by == "server":
                socket.send(json.dumps(["close", 4001, "away"]))
                assert socket.read_all() == 4001
            socket.close()
        until(lambda: not own_server.request("/open")["websockets"], what="the WebSocket objects are freed")


@pytest.fixture
def no_garbage_collection():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def requests_in_memory():
    return [one for one in gc.get_objects() if type(one) is AcyclicRequest]


@pytest.mark.django_db
@pytest.mark.parametrize(("path", "status"), [("/api/v1/rooms", 401), ("/api/v1/time", 200)])
async def test_answered_request_is_freed_without_garbage_collection(no_garbage_collection, path, status):
    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": [(b"host", b"localhost")]}
    events, answers = asyncio.Queue(), []
    events.put_nowait({"type": "http.request", "body": b""})

    async def send(event):
        answers.append(event)
        if event["type"] == "http.response.body":  # the last one: the server then reports the disconnect
            events.put_nowait({"type": "http.disconnect"})

    await AcyclicASGIHandler()(scope, events.get, send)
    assert answers[0]["status"] == status
    assert requests_in_memory() == []
