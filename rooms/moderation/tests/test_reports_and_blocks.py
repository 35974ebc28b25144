"""Reports, blocks, and the settings that limit room creation and private messages."""

import uuid

import pytest
from asgiref.sync import sync_to_async
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from chatsite.settings import one_of
from rooms.log.batch import write
from rooms.log.drafts import Draft
from rooms.models import Room
from rooms.moderation.actions import moderate
from rooms.moderation.models import Report
from rooms.protocol.errors import ChatError
from tests.people import sign_up, unique


@pytest.fixture
def staff(people):
    return sign_up("sara", is_staff=True, is_superuser=True)


async def test_report_keeps_text_and_is_stored_once(people, join, staff):
    ana, bruno = await join(people.ana), await join(people.bruno, server=-1)
    text = unique("something bad")
    said = await bruno.send_message(text)
    place = {"room": said["room"], "seq": said["seq"]}

    reply = await ana.ask("report", **place, why="it hurts")

    assert (reply["code"], reply["data"]) == ("reported", place)
    await bruno.send(type="erase", id="e", **place)
    await bruno.expect("ack", id="e")
    assert (await ana.ask("report", **place))["code"] == "no_such_message"
    reports = await sync_to_async(lambda: list(Report.objects.filter(text=text).values_list("why", "reporter_id")))()
    assert reports == [("it hurts", people.ana.id)]
    assert text in await sync_to_async(report_page)(staff)


def report_page(staff):
    browser = Client()
    browser.force_login(staff.user)
    return browser.get("/admin/rooms/report/").content.decode()


async def test_only_readable_messages_can_be_reported(people, join):
    ana, carla = await join(people.ana), await join(people.carla)
    private = (await ana.command(f"#private {people.bruno.name} secret"))["data"]

    missing = [(private["room"], private["seq"]), (10**12, 1)]
    assert {(await carla.ask("report", room=room, seq=seq))["code"] for room, seq in missing} == {"no_such_room"}
    assert (await ana.ask("report", room=private["room"], seq=99))["code"] == "no_such_message"
    assert (await ana.ask("report", room=private["room"], seq=1, why="nul \0"))["code"] == "bad_text"
    assert (await ana.ask("report", room=private["room"], seq=1))["ok"]


async def test_blocked_user_cannot_write_in_private(people, join, api_client):
    hers, elsewhere = await join(people.ana), await join(people.ana, server=-1)
    bruno = await join(people.bruno)
    room = (await bruno.command(f"#private {people.ana.name} hello"))["data"]["room"]
    await hers.expect_message("hello")

    assert (await hers.ask("block", user=people.bruno.name))["code"] == "blocked"

    for client in (hers, elsewhere):
        frame = await client.expect("blocked")
        assert [user["name"] for user in frame["users"]] == [people.bruno.name]
    refused = [await bruno.send_message("again", room=room), await bruno.command(f"#private {people.ana.name} again")]
    assert [answer["code"] for answer in refused] == ["not_taken", "not_taken"]
    by_rest = await sync_to_async(
        lambda: api_client(people.bruno).post("messages", recipient_id=people.ana.id, text="x"), thread_sensitive=False
    )()
    assert (by_rest.status_code, by_rest.json()["error"]["code"]) == (403, "not_taken")
    await bruno.send(type="typing", room=room)
    assert (await hers.send_message("she may still write", room=room))["type"] == "ack"
    await bruno.expect_message("she may still write")
    assert not hers.received("typing")
    assert [user["name"] for user in (await join(people.ana)).hello["blocked"]] == [people.bruno.name]

    assert (await hers.ask("block", user=people.bruno.id, blocked=False))["code"] == "unblocked"
    await elsewhere.expect("blocked", users=[])
    assert (await bruno.send_message("thank you", room=room))["type"] == "ack"


async def test_block_before_first_message(people, join):
    ana, bruno = await join(people.ana), await join(people.bruno)

    assert (await ana.ask("block", user=people.bruno.id))["ok"]

    assert (await bruno.command(f"#private {people.ana.name} hello"))["code"] == "not_taken"
    assert (await ana.ask("block", user=people.ana.id))["code"] == "private_to_self"
    assert (await ana.ask("block", user=10**12))["code"] == "no_such_user"
    assert not (await join(people.ana)).hello["conversations"]


@pytest.mark.parametrize(("policy", "codes"), [("staff", ["private_by_staff", None]), ("nobody", ["private_off"] * 2)])
def test_private_messages_setting(people, staff, settings, policy, codes):
    settings.PRIVATE_MESSAGES = policy
    room, other = Room.between(people.ana.user, people.bruno.user), Room.between(staff.user, people.bruno.user)

    outcomes = write([Draft(people.ana.id, room.pk, uuid.uuid4(), "x"), Draft(staff.id, other.pk, uuid.uuid4(), "x")])

    assert [getattr(outcome, "code", None) for outcome in outcomes] == codes


def test_room_creation_setting(people, staff, settings):
    settings.ROOM_CREATION = "staff"

    with pytest.raises(ChatError) as refused:
        Room.create(people.ana.user, unique("room"))

    assert refused.value.code == "rooms_by_staff"
    assert Room.create(staff.user, unique("room")).pk


def test_room_limit_exempts_staff_and_counts_hand_over(people, staff, settings):
    settings.CHAT_ROOMS_PER_USER = 2
    first, _second = [Room.create(people.ana.user, unique("room")) for _ in range(2)]
    with pytest.raises(ChatError) as refused:
        Room.create(people.ana.user, unique("room"))

    assert refused.value.code == "too_many_rooms"
    his = Room.create(people.bruno.user, unique("room"))
    with pytest.raises(ChatError) as refused:
        moderate(people.bruno.user, his.pk, "hand_over", people.ana.id)
    assert refused.value.code == "not_over_them"
    moderate(staff.user, his.pk, "hand_over", staff.id)
    Room.objects.filter(pk=first.pk).update(permanent=True)  # by staff, who wanted it
    assert Room.create(people.ana.user, unique("room")).pk
    assert [Room.create(staff.user, unique("room")).pk for _ in range(4)]


def test_mistyped_setting_is_refused(monkeypatch):
    monkeypatch.setenv("PRIVATE_MESSAGES", "noboddy")
    with pytest.raises(ImproperlyConfigured):
        one_of("PRIVATE_MESSAGES", "everyone", "staff", "nobody")
