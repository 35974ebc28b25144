"""Moderation over the socket and REST: mute, remove, ban, hand over, slow mode, with live effects."""

import asyncio
import uuid

import pytest
from asgiref.sync import sync_to_async
from django.db.models.functions import Now
from django.test import Client

from rooms.models import Membership, Room
from tests.people import sign_up, unique

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.once("grown")]


@pytest.fixture
def room(people):
    room = Room.create(people.ana.user, unique("Chess"))
    room.admit(people.bruno.user)
    return room


@pytest.fixture
async def inside(people, join, room):
    """Clients of ana (the owner), bruno and carla in the room; the last two on another process if there is one."""
    ana = await join(people.ana, room=room.pk)
    bruno, carla = [await join(person, room=room.pk, server=-1) for person in (people.bruno, people.carla)]
    return ana, bruno, carla


def code(answer):
    return answer["code"] if answer["type"] in ("error", "reply") else answer["type"]


def moderate_user(client, room, action, person):
    return client.ask("moderate", room=room.pk, action=action, user=person.name)


async def test_muted_member_reads_but_cannot_write(people, room, inside):
    ana, bruno, carla = inside
    said = await bruno.send_message("something bad")

    assert code(await moderate_user(ana, room, "mute", people.bruno)) == "muted"

    assert (await bruno.expect("notice", code="muted"))["room"] == room.pk
    for client in (ana, carla):
        await client.expect("people", room=room.pk, muted=[people.bruno.name])
    assert code(await bruno.send_message("more of it")) == "muted"
    await bruno.send(type="edit", id="e", room=room.pk, seq=said["seq"], text="something worse")
    assert code(await bruno.expect("ack", "error", id="e")) == "muted"
    assert (await bruno.send_message("something bad", client_id=said["id"]))["duplicate"]
    await ana.send_message("he still reads")
    await bruno.expect_message("he still reads")
    assert code(await moderate_user(ana, room, "unmute", people.bruno)) == "unmuted"
    await bruno.expect("notice", code="unmuted")
    assert code(await bruno.send_message("sorry")) == "ack"


async def test_owner_muted_by_staff_cannot_unmute_themselves(people, room, inside, join):
    ana, bruno, _carla = inside
    staff = await join(await sync_to_async(sign_up)("sara", is_staff=True), room=room.pk)

    assert code(await moderate_user(staff, room, "mute", people.ana)) == "muted"

    await bruno.expect("people", room=room.pk, muted=[people.ana.name])
    assert code(await ana.send_message("in my own room")) == "muted"
    assert code(await moderate_user(ana, room, "unmute", people.ana)) == "not_over_them"
    assert code(await moderate_user(staff, room, "unmute", people.ana)) == "unmuted"
    assert code(await ana.send_message("in my own room")) == "ack"


async def test_hand_over_unmutes_new_owner(people, room, inside):
    ana, bruno, _carla = inside
    await moderate_user(ana, room, "mute", people.bruno)

    assert code(await moderate_user(ana, room, "hand_over", people.bruno)) == "handed_over"

    assert code(await bruno.send_message("mine now")) == "ack"


async def test_muted_member_sends_no_typing(people, room, inside):
    ana, bruno, carla = inside
    await moderate_user(ana, room, "mute", people.bruno)
    await carla.expect("people", room=room.pk, muted=[people.bruno.name])
    await bruno.expect("people", room=room.pk, muted=[people.bruno.name])

    await bruno.send(type="typing", room=room.pk)
    await bruno.settle()
    await ana.send(type="typing", room=room.pk)

    await carla.expect("typing", room=room.pk)
    names = {user["name"] for frame in carla.received("typing") for user in frame["users"]}
    assert names == {people.ana.name}


@pytest.mark.parametrize("action", ["remove", "ban"])
async def test_removed_member_moves_to_default_room_and_gets_nothing_more(
    people, room, inside, api_client, site, action
):
    ana, bruno, _carla = inside
    said = await bruno.send_message("something bad")
    private = await asyncio.to_thread(api_client, people.bruno, server=-1)

    done = await moderate_user(ana, room, action, people.bruno)

    gone = await bruno.expect("room_gone", room=room.pk, reason="removed")
    assert done["ok"] and room.name in gone["text"]
    await bruno.wait_until(lambda: bruno.received("room", here=True)[-1]["room"]["default"], "bruno is elsewhere")
    await ana.expect("people", room=room.pk, count=2)
    before = len(bruno.frames)
    await ana.send_message("nothing of this is for bruno")
    missing = [10**12, room.pk]
    assert [code(await bruno.send_message("x", room=pk)) for pk in missing] == ["no_such_room"] * 2
    assert [code(await bruno.enter(pk)) for pk in missing] == ["no_such_room"] * 2
    assert [code(await bruno.history(pk)) for pk in missing] == ["no_such_room"] * 2
    assert [code(await bruno.ask("report", room=pk, seq=1)) for pk in missing] == ["no_such_room"] * 2
    assert code(await bruno.enter(room.name)) == "no_room" == code(await bruno.command(f"#gR {room.name}"))
    for change in ({"type": "edit", "text": "x"}, {"type": "erase"}):
        await bruno.send(id="c", room=room.pk, seq=said["seq"], **change)
        assert code(await bruno.expect("ack", "error", id="c")) == "no_such_room"
    await bruno.send(type="read", room=room.pk, seq=9)
    await bruno.send(type="typing", room=room.pk)
    assert [code(await bruno.expect("error")) for _ in range(2)] == ["not_here", "not_here"]
    rooms = [room["id"] for room in (await bruno.command("#lR"))["data"]["rooms"]]
    await asyncio.to_thread(expect_no_access_over_http, private, people.bruno, room)
    await carla_writes_later(inside, room)

    later = bruno.frames[before:]
    assert room.pk not in rooms and "nothing of this" not in str(later)
    assert not [frame for frame in later if frame.get("room") == room.pk]
    assert not [
        frame for frame in later for one in frame.get("rooms", ()) if room.pk in (one.get("id"), one.get("room"))
    ]


async def carla_writes_later(inside, room):
    """Wait until `unread` and lobby events sent meanwhile would have arrived."""
    ana, bruno, carla = inside
    await carla.send_message("a moment later")
    await ana.send(type="leave")
    await carla.expect("people", room=room.pk, count=1)
    await bruno.expect("people", count=bruno.received("people")[-1]["count"])


def expect_no_access_over_http(private, person, room):
    rooms = private.get("rooms").json()["rooms"]
    assert room.pk not in [one["id"] for one in rooms]
    calls = [
        private.get(f"rooms/{room.pk}"),
        private.get(f"rooms/{room.pk}/messages"),
        private.post(f"rooms/{room.pk}/messages", text="x"),
        private.delete(f"rooms/{room.pk}"),
        private.get(f"rooms/{room.pk}/hooks"),
        private.get(f"rooms/{room.pk}/banned"),
    ]
    assert {(answer.status_code, answer.json()["error"]["code"]) for answer in calls} == {(404, "no_such_room")}
    browser = Client()
    browser.cookies["session"] = person.session_key
    assert browser.get(f"/rooms/{room.pk}/").status_code == browser.get(f"/rooms/{10**12}/").status_code == 404
    assert browser.post(f"/rooms/{room.pk}/level/", {"level": "all"}).status_code == 404


async def test_removed_member_returns_after_time_and_banned_after_unban(people, room, inside):
    ana, bruno, carla = inside
    await moderate_user(ana, room, "remove", people.bruno)
    await moderate_user(ana, room, "ban", people.carla)
    banned = await ana.ask("banned", room=room.pk)
    untils = {user["name"]: user["until"] for user in banned["data"]["users"]}
    assert untils.keys() == {people.bruno.name, people.carla.name}
    assert untils[people.bruno.name] and not untils[people.carla.name]

    await bruno.expect("room_gone", room=room.pk)
    await carla.expect("room_gone", room=room.pk)
    await sync_to_async(Membership.objects.filter(room=room, user=people.bruno.id).update)(may_return_at=Now())
    assert code(await bruno.enter(room.pk)) == "room"
    assert code(await bruno.send_message("back again")) == "ack"
    assert code(await moderate_user(ana, room, "unban", people.carla)) == "unbanned"
    await carla.wait_until(
        lambda: [one for frame in carla.received("rooms") for one in frame["rooms"] if one["id"] == room.pk],
        "the room is on her list again",
    )
    assert code(await carla.enter(room.pk)) == "room"
    await carla.expect_message("back again")


async def test_hand_over_moves_moderation_to_new_owner(people, room, inside):
    ana, bruno, carla = inside

    assert code(await moderate_user(ana, room, "hand_over", people.bruno)) == "handed_over"

    for client in inside:
        await client.expect("notice", code="handed_over", data={"owner": people.bruno.name})
    await carla.wait_until(lambda: owners(carla, room)[-1:] == [people.bruno.name], "the room is listed as bruno's")
    assert code(await moderate_user(ana, room, "mute", people.carla)) == "not_your_room"
    assert code(await moderate_user(bruno, room, "mute", people.ana)) == "muted"


def owners(client, room):
    """Owner names in the room's cards, in order of arrival."""
    cards = [card for frame in client.received("rooms") for card in frame["rooms"]]
    return [card["owner"]["name"] for card in cards if card["id"] == room.pk]


async def test_slow_mode_limits_each_member_but_not_the_owner(people, room, inside):
    ana, bruno, carla = inside

    assert (await ana.ask("slow", room=room.pk, seconds=60))["data"] == {"room": room.pk, "seconds": 60}

    await carla.expect("notice", code="slow_mode", data={"seconds": 60})
    first = await bruno.send_message("one")
    refused = await bruno.send_message("two")
    assert code(refused) == "slow_down" and 50 < refused["retry_after"] <= 60
    assert (await bruno.send_message("one", client_id=first["id"]))["duplicate"]
    await bruno.send(type="edit", id="e", room=room.pk, seq=first["seq"], text="once")
    assert code(await bruno.expect("ack", "error", id="e")) == "ack"
    ids = [str(uuid.uuid4()) for _ in range(3)]
    for one in ids:  # perhaps in one transaction
        await carla.send(type="say", id=one, text="at once")
    assert [code(await carla.expect("ack", "error", id=one)) for one in ids] == ["ack", "slow_down", "slow_down"]
    assert [code(await ana.send_message("as fast as she likes")) for _ in range(2)] == ["ack", "ack"]
    await ana.ask("slow", room=room.pk, seconds=0)
    assert code(await bruno.send_message("two", client_id=refused["id"])) == "ack"


async def test_moderation_requires_owner_or_staff(people, room, inside, join):
    ana, bruno, _carla = inside
    staff = await join(await sync_to_async(sign_up)("sara", is_staff=True))
    sara = staff.hello["user"]["name"]

    for action in ("mute", "unmute", "remove", "ban", "unban", "hand_over"):
        assert code(await moderate_user(bruno, room, action, people.carla)) == "not_your_room"
    assert code(await bruno.ask("slow", room=room.pk, seconds=5)) == "not_your_room"
    assert code(await bruno.ask("banned", room=room.pk)) == "not_your_room"
    assert code(await ana.ask("moderate", room=room.pk, action="mute", user=sara)) == "not_over_them"
    assert code(await moderate_user(ana, room, "remove", people.ana)) == "not_over_them"
    assert code(await ana.ask("moderate", room=room.pk, action="mute", user="nobody at all")) == "no_such_user"
    assert code(await ana.ask("moderate", room=10**12, action="mute", user=sara)) == "no_such_room"
    assert code(await moderate_user(staff, room, "mute", people.ana)) == "muted"
    default = staff.hello["room"]
    assert code(await staff.ask("moderate", room=default, action="ban", user=people.carla.name)) == "default_room_stays"
    private = (await ana.command(f"#private {people.bruno.name} psst"))["data"]["room"]
    for client in (ana, staff):
        assert code(await client.ask("moderate", room=private, action="mute", user=people.bruno.name)) == "no_such_room"


async def test_moderation_over_rest(people, room, inside, api_client):
    _ana, bruno, _carla = inside
    owner = await asyncio.to_thread(api_client, people.ana)

    async def call(method, path, **body):
        return (await asyncio.to_thread(owner.call, method, path, json=body)).json()

    path = f"rooms/{room.pk}"
    assert (await call("POST", f"{path}/moderation", action="mute", user_id=people.bruno.id))["code"] == "muted"
    await bruno.expect("notice", code="muted")
    assert (await call("PUT", f"{path}/slow", seconds=30))["data"]["seconds"] == 30
    await bruno.expect("notice", code="slow_mode")
    assert (await call("POST", f"{path}/moderation", action="ban", user_id=people.bruno.id))["code"] == "banned"
    await bruno.expect("room_gone", room=room.pk)
    assert [user["name"] for user in (await call("GET", f"{path}/banned"))["users"]] == [people.bruno.name]
