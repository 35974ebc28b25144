"""What staff do at the desk shows in open pages."""

import asyncio

import pytest

from rooms.models import Message
from tests.people import unique
from tests.waiting import in_time

pytestmark = pytest.mark.asyncio(loop_scope="session")
SOON_SECONDS = in_time(5)  # one is promised, on a machine with nothing else to do


@pytest.fixture
def act(desk):
    return lambda *words, **answers: asyncio.to_thread(desk.act, *words, **answers)


@pytest.fixture
async def scene(people, join):
    """ana in a room of hers, bruno on another server with her; and the room's card."""
    ana, bruno = await join(people.ana), await join(people.bruno, server=-1)
    room = (await ana.command(f"#cR {unique('room')}"))["data"]["room"]
    await bruno.enter(room["id"])
    return ana, bruno, room


async def card_of(client, room, fits):
    while True:
        for card in (await client.expect("rooms", within=SOON_SECONDS))["rooms"]:
            if card["id"] == room["id"] and fits(card):
                return card


async def test_another_name_and_a_longer_life(scene, desk):
    _ana, bruno, room = scene
    name = unique("Draughts")
    path = f"/admin/rooms/room/{room['id']}/change/"
    await asyncio.to_thread(desk.post, path, name=name, permanent="on")
    card = await card_of(bruno, room, lambda card: card["name"] == name)
    assert card["permanent"]


async def test_a_room_that_is_emptied_is_empty_before_everybody_and_goes_on(scene, act):
    ana, bruno, room = scene
    await ana.say("one")
    await bruno.hear("one")
    await act("rooms/room", room["id"], "empty")
    for client in (ana, bruno):
        await client.expect("events", room=room["id"], reset=True, messages=[], within=SOON_SECONDS)
    assert (await bruno.say("two"))["seq"] == 2
    assert (await ana.hear("two"))["seq"] == 2
    assert [message["text"] for message in ana.log(room["id"])] == ["two"]


async def test_a_room_that_is_closed_is_left(scene, act, desk):
    _ana, bruno, room = scene
    await act("rooms/room", room["id"], "close")
    assert (await bruno.expect("room_gone", room=room["id"], within=SOON_SECONDS))["reason"] == "deleted"


async def test_anybody_s_message_is_erased(scene, act):
    ana, bruno, room = scene
    said = await ana.say("something vile")
    message = await bruno.hear("something vile")
    pk = (await Message.objects.aget(room=room["id"], seq=said["seq"])).pk
    await act("rooms/message", pk, "erase", reason="vile")
    for client in (ana, bruno):
        await client.reaches(lambda client=client: client.log(room["id"])[0]["erased"], "erased", within=SOON_SECONDS)
    assert bruno.log(room["id"])[0]["version"] > message["version"]


async def test_an_announcement_is_read_wherever_one_stands(scene, desk):
    ana, bruno, _room = scene
    text = unique("The server rests at noon")
    await asyncio.to_thread(desk.post, "/admin/rooms/announcement/add/", text=text)
    for client in (ana, bruno):
        notice = await client.expect("notice", code="announcement", text=text, within=SOON_SECONDS)
        assert notice["room"] is None
