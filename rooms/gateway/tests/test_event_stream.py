"""Event streams and POST, the fallback where WebSockets are blocked."""

import asyncio
import json

import pytest
from asgiref.sync import sync_to_async

from rooms.gateway import event_stream
from tests.clients import ChatClient
from tests.people import sign_in
from tests.streams import EventStream, Refused, ask
from tests.waiting import eventually

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.once("grown")]
FOREIGN = ["http://evil.example", "http://127.0.0.1:1", "https://127.0.0.1", "null"]


@pytest.fixture
def transport():
    return "sse"


def stream_of(client):
    return client.socket


async def test_both_transports_exchange_messages(people, site, join):
    ana = await join(people.ana)
    async with ChatClient(site[-1], people.bruno) as bruno:
        await bruno.expect("hello")
        answer = await ana.send_message("over the stream")
        assert (await bruno.expect_message("over the stream"))["seq"] == answer["seq"]
        await bruno.send_message("over the socket")
        await ana.expect_message("over the socket")


@pytest.mark.parametrize("first", ["sse", "websocket"])
async def test_typing_reaches_both_transports(people, site, first):
    """Frames prepared for one transport must not be sent by the other."""
    second = "websocket" if first == "sse" else "sse"
    writer = ChatClient(site[0], people.carla)
    ears = [ChatClient(site[0], people.ana, transport=first), ChatClient(site[0], people.bruno, transport=second)]
    async with writer as carla, ears[0] as ana, ears[1] as bruno:
        room = (await carla.expect("hello"))["room"]
        for client in (ana, bruno, carla):
            await client.expect("events")
        await carla.send(type="typing", room=room)
        for client in (ana, bruno):
            await client.expect("typing", room=room)


async def test_typing_posted_to_another_server_is_published(people, site):
    writer = ChatClient(site[0], people.ana, transport="sse", post_to=site[-1])
    async with writer as ana, ChatClient(site[-1], people.bruno) as bruno:
        room = (await ana.expect("hello"))["room"]
        for client in (ana, bruno):
            await client.expect("events")
        await ana.send(type="typing", room=room)
        await bruno.expect("typing", room=room)


async def test_stream_begins_with_its_name_and_is_not_cached(people, site):
    stream = await EventStream.connect(f"{site[0].url}/sse/", Cookie=people.ana.cookie)
    assert stream.name and stream.comments
    await stream.close()


async def test_stream_without_session_sends_sign_in_and_ends(site):
    async with ChatClient(site[0], transport="sse") as nobody:
        assert (await nobody.expect("error"))["code"] == "not_signed_in"
        assert await nobody.wait_closed() == 4001


@pytest.mark.parametrize("origin", FOREIGN)
async def test_foreign_origin_is_refused(people, site, join, origin):
    with pytest.raises(Refused) as refused:
        await EventStream.connect(f"{site[0].url}/sse/", Cookie=people.ana.cookie, Origin=origin)
    assert (refused.value.status, refused.value.error["code"]) == (403, "foreign_origin")

    ana = await join(people.ana)
    assert (await stream_of(ana).post('{"type":"leave"}', Origin=origin))[0] == 403


@pytest.mark.parametrize("neighbour", ["same-site", "cross-site"])
async def test_neighbouring_host_and_port_are_foreign_origins(people, site, neighbour):
    headers = {"Cookie": people.ana.cookie, "Sec-Fetch-Site": neighbour}
    with pytest.raises(Refused) as refused:
        await EventStream.connect(f"{site[0].url}/sse/", **headers)
    assert refused.value.status == 403


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
async def test_form_content_types_are_refused(people, site, join, kind):
    ana = await join(people.ana)
    _reader, writer, status = await ask(
        "POST",
        f"{site[0].url}/sse/{stream_of(ana).name}/",
        {"Cookie": people.ana.cookie, "Content-Type": kind},
        b'{"type":"leave"}',
    )
    writer.close()
    assert status in (400, 403)  # 400 if the server cannot parse the form


async def test_stream_of_another_user_looks_like_a_missing_one(people, site, join):
    ana, bruno = await join(people.ana), await join(people.bruno, server=-1)
    frame = json.dumps({"type": "leave", "id": "x"})

    with_her_name = await stream_of(bruno).post(frame, name=stream_of(ana).name)
    with_no_name = await stream_of(bruno).post(frame, name="0" * 16 + "-" + "x" * 32)
    without_session = await stream_of(ana).post(frame, Cookie=None)
    elsewhere = await sync_to_async(sign_in)(await sync_to_async(lambda: people.ana.user)())
    from_other_session = await stream_of(ana).post(frame, Cookie=f"session={elsewhere}")

    assert with_her_name[0] == without_session[0] == from_other_session[0] == 404
    assert with_no_name[0] in (404, 503)  # the stream of a process that has ended may get no answer
    await ana.settle()
    assert not [found for found in ana.frames if found.get("id") == "x"]


async def test_stream_of_a_token_accepts_posts_of_that_token_only(people, site, api_client):
    mine = await asyncio.to_thread(api_client, people.ana)
    other = await asyncio.to_thread(api_client, people.ana)
    async with ChatClient(site[0], transport="sse", headers=mine.headers, post_to=site[-1]) as ana:
        await ana.expect("hello")
        assert (await ana.send_message("by a program"))["type"] == "ack"
        assert (await stream_of(ana).post("{}", **other.headers))[0] == 404


@pytest.mark.parametrize("name", ["x", "%2e%2e", "a b", "é", "0" * 400, "-", "x\0y", "{}"])
async def test_malformed_stream_name_is_refused(people, join, name):
    ana = await join(people.ana)
    name = name.replace("\0", "%00").replace(" ", "%20").replace("é", "%C3%A9")
    status, error = await stream_of(ana).post("{}", name=name)
    assert (status, error["code"]) == (404, "no_such_stream")


async def test_oversized_body_is_refused(people, join):
    ana = await join(people.ana)
    assert (await stream_of(ana).post("x" * 300_000))[0] == 413
    await ana.send_raw("x" * 70_000)
    assert (await ana.expect("error"))["code"] == "bad_frame"
    await ana.send_raw(b"\xff\xfe")
    assert (await ana.expect("error"))["code"] == "bad_frame"
    await ana.settle()


@pytest.mark.parametrize(("method", "path"), [("POST", ""), ("HEAD", ""), ("PUT", "x/"), ("GET", "x/")])
async def test_other_methods_are_refused(people, site, method, path):
    _reader, writer, status = await ask(method, f"{site[0].url}/sse/{path}", {"Cookie": people.ana.cookie})
    writer.close()
    assert status == 405


async def test_stream_of_disconnected_reader_ends(people, join, site):
    ana = await join(people.ana)
    bruno = await join(people.bruno, server=-1)
    name, gone = stream_of(ana).name, stream_of(ana)
    await ana.abort()

    async def is_gone():
        return (await gone.post("{}", name=name))[0] == 404

    for _ in range(100):
        if await is_gone():
            break
        await bruno.settle()
    assert await is_gone()


async def test_stream_sends_heartbeats_and_ends_after_silence(monkeypatch, people, committed):
    """In this process, with timeouts of a hundredth of the real ones."""
    monkeypatch.setattr(event_stream, "HEARTBEAT_SECONDS", 0.02)
    monkeypatch.setattr(event_stream, "SILENCE_SECONDS", 0.2)
    sent, scope = [], {"type": "http", "method": "GET", "headers": [], "query_string": b""}
    stream = event_stream.Stream(scope, asyncio.Queue().get, lambda event: _keep(sent, event))
    stream._is_open = True

    await stream._send_heartbeats()

    assert 2 < len(sent) < 30
    assert {event["body"] for event in sent} == {b":\n\n"}
    assert (await stream._events.get())["type"] == "websocket.disconnect"


async def _keep(sent, event):
    sent.append(event)


async def test_slow_reader_is_disconnected_and_delays_nobody(people, cluster):
    [server] = await asyncio.to_thread(cluster, 1, CHAT_MESSAGE_RATE=0, CHAT_FRAME_RATE=0)
    async with ChatClient(server, people.ana) as ana, ChatClient(server, people.bruno, transport="sse") as bruno:
        await bruno.expect("events")
        bruno.acknowledges = False
        stream_of(bruno).transport.pause_reading()
        for number in range(400):
            await ana.send_message("x" * 8000 + str(number))
            if ana.received("people", count=1):
                break

        people_now = await ana.expect("people", count=1)

        assert people_now
        await eventually(lambda: ana.closed_with is None, what="the reading client stays connected")
