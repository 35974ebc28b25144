"""SIGTERM: whoever is being answered gets the answer, whoever is connected is told to come back."""

import asyncio
import errno
import json
import signal
import socket
import threading
import uuid

import pytest
from asgiref.sync import sync_to_async

from tests.clients import ChatClient
from tests.waiting import until

pytestmark = pytest.mark.footing("embedded")


def test_requests_are_finished_and_sockets_closed_with_a_reason(ground):
    line, answers = ground.line(), []
    asking = threading.Thread(target=lambda: answers.append(ground.ask("/wait")))
    asking.start()
    until(lambda: ground.ask("/")["waiting"], what="the request is being answered")

    ground.process.terminate()

    assert line.read_all() == 1012
    assert line.protocol.close_reason == "restarting"
    asking.join()
    assert answers[0]["waiting"] == 1
    assert ground.process.wait(timeout=10) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_sockets_opened_just_now_do_no_harm(ground, number):
    lines = [ground.line() for _ in range(20)]

    ground.process.send_signal(number)

    assert {line.read_all() for line in lines} == {1012}
    assert ground.process.wait(timeout=10) == 0


def test_the_port_is_free_at_once(ground):
    line = ground.line()

    ground.process.terminate()

    until(lambda: refuses(ground.port), what="the port refuses connections")
    assert line.read_all() == 1012


def refuses(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == errno.ECONNREFUSED


def test_clients_that_never_finish_hold_nobody_up_for_long(ground):
    deaf = ground.line()
    deaf.send(json.dumps(["mix", 100, 200_000]))
    with socket.create_connection(("127.0.0.1", ground.port)) as half_a_request:
        half_a_request.sendall(b"POST /size HTTP/1.1\r\nHost: here\r\nContent-Length: 10\r\n\r\nx")
        ground.ask("/")

        ground.process.terminate()

        assert ground.process.wait(timeout=10) == 0


@pytest.mark.parametrize("transport", ["websocket", "sse"])
@pytest.mark.asyncio(loop_scope="session")
async def test_the_chat_answers_what_was_said_and_then_says_bye(people, cluster, transport):
    [server] = await sync_to_async(cluster)(1)
    way = {"transport": transport}
    async with ChatClient(server, people.ana, **way) as ana, ChatClient(server, people.bruno, **way) as bruno:
        await ana.expect("events")
        await bruno.expect("hello")
        for number in range(20):
            await ana.send(type="say", id=str(uuid.uuid4()), text=f"last words {number}")
        await ana.expect("ack")

        server.signal(signal.SIGTERM)

        assert 0.5 <= (await ana.expect("bye"))["retry_after"] <= 3
        assert await ana.wait_closed() == await bruno.wait_closed() == 4012
    assert len(ana.received("ack")) == 20
    assert await asyncio.to_thread(server.process.wait, 10) == 0
