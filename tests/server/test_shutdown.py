"""SIGTERM: whoever is being answered gets the answer, whoever is connected is told to come back."""

import asyncio
import contextlib
import errno
import json
import signal
import socket
import threading
import uuid

import pytest
import websockets
from asgiref.sync import sync_to_async

from rooms.presence.models import Process
from tests.clients import ChatClient
from tests.waiting import in_time, until

pytestmark = pytest.mark.footing("embedded")


def test_requests_are_finished_and_sockets_closed_with_a_reason(own_ground):
    line, answers = own_ground.line(), []
    asking = threading.Thread(target=lambda: answers.append(own_ground.ask("/wait")))
    asking.start()
    until(lambda: own_ground.ask("/")["waiting"], what="the request is being answered")

    own_ground.process.terminate()

    assert line.read_all() == 1012
    assert line.protocol.close_reason == "restarting"
    asking.join()
    assert answers[0]["waiting"] == 1
    assert own_ground.process.wait(timeout=in_time(10)) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_sockets_opened_just_now_do_no_harm(own_ground, number):
    lines = [own_ground.line() for _ in range(20)]

    own_ground.process.send_signal(number)

    assert {line.read_all() for line in lines} == {1012}
    assert own_ground.process.wait(timeout=in_time(10)) == 0


def test_the_port_is_free_at_once(own_ground):
    line = own_ground.line()

    own_ground.process.terminate()

    until(lambda: refuses(own_ground.port), what="the port refuses connections")
    assert line.read_all() == 1012


def test_who_has_connected_and_said_nothing_yet_is_still_answered(own_ground):
    with socket.create_connection(("127.0.0.1", own_ground.port), timeout=10) as line:
        own_ground.process.terminate()
        until(lambda: refuses(own_ground.port), what="the port refuses connections")
        line.sendall(b"GET /size HTTP/1.1\r\nHost: here\r\n\r\n")
        assert line.recv(100).startswith(b"HTTP/1.1 200 ")
    assert own_ground.process.wait(timeout=in_time(10)) == 0


@pytest.mark.timed
def test_who_never_says_anything_holds_nobody_up(own_ground):
    with socket.create_connection(("127.0.0.1", own_ground.port)):
        own_ground.process.terminate()
        assert own_ground.process.wait(timeout=in_time(4)) == 0


def refuses(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == errno.ECONNREFUSED


def test_clients_that_never_finish_hold_nobody_up_for_long(own_ground):
    deaf = own_ground.line()
    deaf.send(json.dumps(["mix", 100, 200_000]))
    with socket.create_connection(("127.0.0.1", own_ground.port)) as half_a_request:
        half_a_request.sendall(b"POST /size HTTP/1.1\r\nHost: here\r\nContent-Length: 10\r\n\r\nx")
        own_ground.ask("/")

        own_ground.process.terminate()

        assert own_ground.process.wait(timeout=in_time(10)) == 0


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
    name = f"{socket.gethostname()}:{server.process.pid}"
    assert not await Process.living().filter(name=name).aexists(), "its lease is not given up"


@pytest.mark.asyncio(loop_scope="session")
async def test_twenty_who_connect_while_it_ends_are_all_told_to_come_back(people, cluster):
    await end_while_twenty_connect(people, cluster, rounds=2)


@pytest.mark.long
@pytest.mark.asyncio(loop_scope="session")
async def test_twenty_who_connect_while_it_ends_are_all_told_to_come_back_twenty_times(people, cluster):
    await end_while_twenty_connect(people, cluster, rounds=20)


async def end_while_twenty_connect(people, cluster, rounds):
    [server] = await sync_to_async(cluster)(1, CHAT_SOCKETS_PER_USER=100)
    for number in range(rounds):
        doors = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(20)]
        clients = [asyncio.ensure_future(closed_with(server, people.ana, door)) for door in doors]
        # At another moment in each round, from before the first handshake to after the last.
        await asyncio.wait(clients, timeout=number * 0.01)
        server.signal(signal.SIGTERM)
        assert set(await asyncio.gather(*clients)) == {(4012, "restarting", "bye")}
        assert await asyncio.to_thread(server.process.wait, 10) == 0
        if number + 1 < rounds:
            server.start()
            await asyncio.to_thread(server.wait_until_ready)


async def closed_with(server, person, door):
    """How it ends for one more client: close code, reason, and the type of the last frame."""
    headers, last = {"Cookie": person.cookie}, "{}"
    async with websockets.connect(
        server.socket_url, sock=door, additional_headers=headers, origin=server.url, proxy=None, open_timeout=15
    ) as line:
        with contextlib.suppress(websockets.ConnectionClosed):
            async for text in line:
                last = text
        return line.close_code, line.close_reason, json.loads(last).get("type")
