"""Graceful shutdown on SIGTERM: pending requests are answered, WebSockets are closed with a reason to reconnect."""

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


def test_shutdown_answers_pending_requests_and_closes_websockets_with_a_reason(own_server):
    websocket, answers = own_server.connect(), []
    requesting = threading.Thread(target=lambda: answers.append(own_server.request("/wait")))
    requesting.start()
    until(lambda: own_server.request("/")["waiting"], what="the request is pending")

    own_server.process.terminate()

    assert websocket.read_all() == 1012
    assert websocket.protocol.close_reason == "restarting"
    requesting.join()
    assert answers[0]["waiting"] == 1
    assert own_server.process.wait(timeout=in_time(10)) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_clientsed_just_before_the_signal_are_closed(own_server, number):
    clients = [own_server.connect() for _ in range(20)]

    own_server.process.send_signal(number)

    assert {websocket.read_all() for websocket in clients} == {1012}
    assert own_server.process.wait(timeout=in_time(10)) == 0


def test_port_is_free_at_once(own_server):
    websocket = own_server.connect()

    own_server.process.terminate()

    until(lambda: refuses(own_server.port), what="the port refuses connections")
    assert websocket.read_all() == 1012


def test_request_sent_after_the_signal_on_an_open_connection_is_answered(own_server):
    with socket.create_connection(("127.0.0.1", own_server.port), timeout=10) as connection:
        own_server.process.terminate()
        until(lambda: refuses(own_server.port), what="the port refuses connections")
        connection.sendall(b"GET /size HTTP/1.1\r\nHost: here\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 200 ")
    assert own_server.process.wait(timeout=in_time(10)) == 0


@pytest.mark.timed
def test_idle_connection_does_not_delay_shutdown(own_server):
    with socket.create_connection(("127.0.0.1", own_server.port)):
        own_server.process.terminate()
        assert own_server.process.wait(timeout=in_time(4)) == 0


def refuses(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == errno.ECONNREFUSED


def test_unread_websocket_and_unfinished_request_delay_shutdown_only_briefly(own_server):
    unread = own_server.connect()
    unread.send(json.dumps(["interleave", 100, 200_000]))
    with socket.create_connection(("127.0.0.1", own_server.port)) as half_a_request:
        half_a_request.sendall(b"POST /size HTTP/1.1\r\nHost: here\r\nContent-Length: 10\r\n\r\nx")
        own_server.request("/")

        own_server.process.terminate()

        assert own_server.process.wait(timeout=in_time(10)) == 0


@pytest.mark.parametrize("transport", ["websocket", "sse"])
@pytest.mark.asyncio(loop_scope="session")
async def test_chat_acknowledges_pending_messages_and_sends_bye(people, cluster, transport):
    [server] = await sync_to_async(cluster)(1)
    options = {"transport": transport}
    async with ChatClient(server, people.ana, **options) as ana, ChatClient(server, people.bruno, **options) as bruno:
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
    assert not await Process.living().filter(name=name).aexists(), "its lease was not released"


@pytest.mark.asyncio(loop_scope="session")
async def test_clients_connecting_during_shutdown_are_all_closed_with_a_reason(people, cluster):
    await shut_down_while_twenty_connect(people, cluster, rounds=2)


@pytest.mark.long
@pytest.mark.asyncio(loop_scope="session")
async def test_clients_connecting_during_twenty_shutdowns_are_all_closed_with_a_reason(people, cluster):
    await shut_down_while_twenty_connect(people, cluster, rounds=20)


async def shut_down_while_twenty_connect(people, cluster, rounds):
    [server] = await sync_to_async(cluster)(1, CHAT_SOCKETS_PER_USER=100)
    for number in range(rounds):
        connections = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(20)]
        clients = [asyncio.ensure_future(closed_with(server, people.ana, connection)) for connection in connections]
        # A different moment in each round, from before the first handshake to after the last.
        await asyncio.wait(clients, timeout=number * 0.01)
        server.signal(signal.SIGTERM)
        assert set(await asyncio.gather(*clients)) == {(4012, "restarting", "bye")}
        assert await asyncio.to_thread(server.process.wait, 10) == 0
        if number + 1 < rounds:
            server.start()
            await asyncio.to_thread(server.wait_until_ready)


async def closed_with(server, person, connection):
    """Connect one client and read to the end: close code, reason, type of the last frame."""
    headers, last = {"Cookie": person.cookie}, "{}"
    async with websockets.connect(
        server.socket_url, sock=connection, additional_headers=headers, origin=server.url, proxy=None, open_timeout=15
    ) as websocket:
        with contextlib.suppress(websockets.ConnectionClosed):
            async for text in websocket:
                last = text
        return websocket.close_code, websocket.close_reason, json.loads(last).get("type")
