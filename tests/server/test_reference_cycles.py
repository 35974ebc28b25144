"""Whatever has ended is gone at once: a search for garbage holds everybody up, the longer the more there is."""

import asyncio
import gc
import json

import pytest

from common.http.asgi_handler import Pages, Request
from tests.waiting import until


@pytest.mark.footing("embedded")
def test_of_a_socket_that_has_ended_nothing_is_left(own_ground):
    for ends in ("ours", "its own"):
        lines = [own_ground.line() for _ in range(5)]
        assert own_ground.ask("/kept")["kept"] == 5
        for line in lines:
            if ends == "ours":
                line.send(json.dumps(["close", 4001, "away"]))
                assert line.read_all() == 4001
            line.close()
        until(lambda: not own_ground.ask("/kept")["kept"], what="they are gone")


@pytest.fixture
def no_search():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def requests():
    return [one for one in gc.get_objects() if type(one) is Request]


@pytest.mark.django_db
@pytest.mark.parametrize(("path", "status"), [("/api/v1/rooms", 401), ("/api/v1/time", 200)])
async def test_of_an_answered_request_nothing_is_left(no_search, path, status):
    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": [(b"host", b"localhost")]}
    told, answers = asyncio.Queue(), []
    told.put_nowait({"type": "http.request", "body": b""})

    async def send(event):
        answers.append(event)
        if event["type"] == "http.response.body":  # the last there is: servers tell then that the client has gone
            told.put_nowait({"type": "http.disconnect"})

    await Pages()(scope, told.get, send)
    assert answers[0]["status"] == status
    assert requests() == []
