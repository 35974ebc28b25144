"""Connecting: authentication, the first frames, the initial room, and reconnecting."""

import asyncio
import itertools

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from websockets.exceptions import InvalidStatus

from rooms.models import Room
from tests.clients import ChatClient
from tests.people import sign_up, unique

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.both_transports
async def test_joining_the_default_room_is_announced_once(people, join):
    ana = await join(people.ana)
    await ana.expect("notice", code="welcome")
    bruno = await join(people.bruno, server=-1)

    here = await bruno.expect("room", here=True)
    assert here["room"]["default"] and here["room"]["id"] == bruno.hello["room"]
    await bruno.expect("people")
    await bruno.expect("events", reset=True)
    assert people.bruno.name in (await bruno.expect("notice", code="welcome"))["text"]

    joined = await ana.expect("notice", code="joined", data={"name": people.bruno.name})
    assert joined["text"] == f"{people.bruno.name} joined"
    second = await join(people.bruno)
    await second.expect("notice", code="welcome")
    await ana.send_message("a second tab is no second arrival")
    await second.expect_message("a second tab is no second arrival")
    assert len(ana.received("notice", code="joined", data={"name": people.bruno.name})) == 1
    assert not bruno.received("notice", code="joined", data={"name": people.bruno.name})


@pytest.mark.both_transports
async def test_reconnection_is_not_announced(people, join):
    ana = await join(people.ana)
    await ana.expect("notice", code="welcome")
    bruno = await join(people.bruno)
    await ana.expect("notice", code="joined", data={"name": people.bruno.name})
    events = await bruno.expect("events", reset=True)

    await bruno.abort()
    back = await join(people.bruno, room=events["room"], epoch=events["epoch"], version=events["version"])
    dora = await join(await sync_to_async(sign_up)("dora"))

    await ana.expect("notice", code="joined", data={"name": dora.hello["user"]["name"]})
    assert not ana.received("notice", code="left", data={"name": people.bruno.name})
    assert len(ana.received("notice", code="joined", data={"name": people.bruno.name})) == 1
    assert not back.received("notice", code="welcome")


async def test_lost_client_is_announced_as_left_after_the_grace_time(people, join, cluster):
    [server] = await sync_to_async(cluster)(1, CHAT_RECONNECT_GRACE_SECONDS=1)
    async with ChatClient(server, people.ana) as ana:
        await ana.expect("notice", code="welcome")
        bruno = await ChatClient(server, people.bruno).__aenter__()
        await ana.expect("notice", code="joined", data={"name": people.bruno.name})

        await bruno.abort()

        await ana.expect("notice", code="left", data={"name": people.bruno.name})


async def test_connection_without_session_is_asked_to_sign_in_and_closed(site):
    for cookie in (None, "session=nonsense", 'session="; garbage=\\', "session=" + "x" * 3000):
        async with ChatClient(site[0], cookie=cookie) as nobody:
            assert (await nobody.expect("error"))["code"] == "not_signed_in"
            assert await nobody.wait_closed() == 4001


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "http://127.0.0.1:1", "https://127.0.0.1", "null", "http://[::1", "file://"]
)
async def test_foreign_origin_is_refused_with_a_valid_cookie(people, site, origin):
    with pytest.raises(InvalidStatus) as refused:
        async with ChatClient(site[0], people.ana, origin=origin):
            pass
    # 400 if the WebSocket library cannot parse the origin.
    assert refused.value.response.status_code in (400, 403)


async def test_client_enters_the_room_of_its_page(people, join):
    room = await sync_to_async(Room.create)(await user_of(people.ana), unique("room"))

    ana = await join(people.ana, room=room.pk)

    assert ana.hello["room"] == room.pk
    assert (await ana.expect("room", here=True))["room"]["owner"]["name"] == people.ana.name


@pytest.mark.parametrize("room", ["999999999", "-1", "x", "9" * 400, ""])
async def test_missing_room_leads_to_the_default_room(people, join, room):
    ana = await join(people.ana, room=room)

    assert (await ana.expect("room", here=True))["room"]["default"]


@pytest.mark.both_transports
async def test_resume_sends_exactly_the_missed_changes(people, join):
    ana, bruno = await join(people.ana), await join(people.bruno, server=-1)
    await bruno.command(f"#cR {unique('room')}")
    await ana.enter(bruno.received("room", here=True)[-1]["room"]["id"])
    await ana.send_message("before")
    before = await bruno.expect_message("before")
    held = bruno.received("events")[-1]

    await bruno.abort()
    await ana.send_message("one")
    await ana.send_message("two")
    back = await join(people.bruno, room=held["room"], epoch=held["epoch"], version=held["version"])

    events = await back.expect("events", room=held["room"])
    assert [message["text"] for message in events["messages"]] == ["one", "two"]
    assert (events["since"], events["version"]) == (before["version"], before["version"] + 2)
    assert not events.get("reset")


async def test_hello_has_the_server_time(people, join):
    ana = await join(people.ana)

    await ana.send(type="ping", t=12.5)

    pong = await ana.expect("pong", t=12.5)
    assert isinstance(pong["time"], int)
    assert ana.hello["time"].endswith("Z")


@pytest.mark.both_transports
async def test_sign_out_closes_connections_of_its_session_on_every_process(people, join):
    first, last = await join(people.ana), await join(people.ana, server=-1)
    bruno = await join(people.bruno)

    await sync_to_async(_sign_out_elsewhere)(first, people.ana)

    assert await asyncio.gather(first.wait_closed(), last.wait_closed()) == [4001, 4001]
    await bruno.settle()


def _sign_out_elsewhere(client, person):
    browser = Client()
    browser.cookies["session"] = person.session_key
    browser.logout()


async def test_connections_of_one_user_are_limited(people, join, site):
    for _ in range(10):
        await join(people.ana)
    async with ChatClient(site[0], people.ana) as eleventh:
        assert (await eleventh.expect("error"))["code"] == "too_many_sockets"
        assert await eleventh.wait_closed() == 4009


@pytest.mark.both_transports
async def test_throttled_client_is_sent_the_retry_time(people, join):
    ana = await join(people.ana)

    refused, tries = [], itertools.count()
    while not refused and next(tries) < 20:  # a slow machine may not exceed the rate with thirty
        answers = await ana.send_messages(f"line {n}" for n in range(30))
        refused = [answer for answer in answers if answer["type"] == "error"]

    assert refused
    assert {answer["code"] for answer in refused} == {"slow_down"}
    assert all(0 < answer["retry_after"] <= 1 for answer in refused)


user_of = sync_to_async(lambda person: person.user)


async def test_malformed_foreign_cookies_are_ignored(people, site):
    for odd in ('x={"a": 1}', "a b=1", "foo", 'x[1]="q'):
        async with ChatClient(site[0], cookie=f"{odd}; {people.ana.cookie}") as ana:
            await ana.expect("hello")
