"""The frames of /lab/: echo, broadcast, close, watch and server events."""

import asyncio
import datetime
import uuid

import pytest
from asgiref.sync import sync_to_async

from accounts.models import User
from rooms.lab.models import ServerEvent
from tests.clients import ChatClient
from tests.people import sign_up, unique
from tests.waiting import let_pass

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.once("grown")]


make_due = sync_to_async(lambda: ServerEvent.objects.update(at=datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)))


async def ask(client, frame_type, *answers, **fields):
    frame_id = str(uuid.uuid4())
    await client.send(type=frame_type, id=frame_id, **fields)
    return await client.expect(*answers, "error", id=frame_id)


@pytest.fixture
def staff(people):
    person = sign_up("sara")
    User.objects.filter(pk=person.id).update(is_staff=True)
    return person


@pytest.mark.both_transports
async def test_echo_is_sent_to_its_client_only(people, join):
    ana, bruno = await join(people.ana), await join(people.bruno)

    assert (await ask(ana, "echo", "echo", text="\u202ehola\n"))["text"] == "\u202ehola\n"

    await bruno.settle()
    assert not bruno.received("echo")


async def test_broadcast_of_staff_reaches_clients_in_any_room(people, staff, join):
    sara, ana = await join(staff), await join(people.ana, server=-1)
    await ana.command(f"#cR {unique('room')}")
    text = unique("the server rests at noon")

    reply = await ask(sara, "broadcast", "reply", text=text)

    assert (reply["ok"], reply["code"]) == (True, "broadcast")
    notice = await ana.expect("notice", code="announcement")
    assert (notice["room"], notice["text"], notice["data"]) == (None, text, {"name": staff.name})
    assert (await ask(sara, "broadcast", "reply", text=" "))["code"] == "blank"


async def test_broadcast_requires_staff(people, join):
    ana, bruno = await join(people.ana), await join(people.bruno)

    assert (await ask(ana, "broadcast", "reply", text="listen!"))["code"] == "not_allowed"

    await bruno.settle()
    assert not bruno.received("notice", code="announcement", text="listen!")


async def test_close_requires_owner_or_staff(people, staff, join):
    ana, bruno, sara = await join(people.ana), await join(people.bruno), await join(staff)
    rooms = [(await ana.command(f"#cR {unique('room')}"))["data"]["room"]["id"] for _ in range(2)]
    private = (await bruno.command(f"#private {people.ana.name} psst"))["data"]["room"]

    assert (await ask(bruno, "close", "reply", room=rooms[0]))["code"] == "not_allowed"
    assert (await ask(ana, "close", "reply", room=private))["code"] == "not_allowed"
    assert (await ask(bruno, "close", "reply", room=10**12))["code"] == "no_such_room"
    assert (await ask(sara, "close", "reply", room=ana.hello["room"]))["code"] == "default_room_stays"
    assert (await ask(ana, "close", "reply", room=rooms[0]))["code"] == "room_deleted"
    assert (await ask(sara, "close", "reply", room=rooms[1]))["code"] == "room_deleted"
    await bruno.expect("room_gone", room=rooms[1])


async def test_read_only_token_cannot_broadcast_or_close(people, staff, site, api_client):
    reader = await asyncio.to_thread(api_client, staff, scope="read")
    async with ChatClient(site[0], headers=reader.headers) as sara:
        room = (await sara.expect("hello"))["room"]
        assert (await ask(sara, "broadcast", "reply", text="listen!"))["code"] == "read_only_token"
        assert (await ask(sara, "close", "reply", room=room))["code"] == "read_only_token"


@pytest.mark.both_transports
async def test_watch_names_server_and_transport(people, join, transport, processes):
    first, last = await join(people.ana), await join(people.bruno, server=-1)

    here, there = await ask(first, "watch", "watching"), await ask(last, "watch", "watching")

    assert here["transport"] == transport
    assert here["channel_layer"] == ("redis" if processes > 1 else "none")
    assert (here["server"] != there["server"]) == (processes > 1)


async def test_server_event_is_made_once_and_sent_by_every_process(people, join):
    first, last = await join(people.ana), await join(people.bruno, server=-1)
    await ask(first, "watch", "watching")
    await ask(last, "watch", "watching")

    await let_pass(2)  # both have polled the current event
    await make_due()
    event = await last.expect("server_event")

    assert await first.expect("server_event", number=event["number"]) == event
    assert len(first.received("server_event", number=event["number"])) == 1


@pytest.mark.both_footings
async def test_due_event_is_made_by_one_of_concurrent_servers(people):
    row = await sync_to_async(ServerEvent.advance)("one")
    await make_due()

    events = [await sync_to_async(ServerEvent.advance)(name) for name in ("one", "two", "three")]

    assert [event.number for event in events] == [row.number + 1] * 3
    assert {event.server for event in events} == {"one"}
