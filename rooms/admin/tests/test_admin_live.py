"""Live effects of the staff site in connected clients."""

import asyncio

import pytest

from accounts.models import StaffAct
from rooms.models import Membership, Message, Muted
from rooms.moderation.models import Report
from tests.people import unique
from tests.waiting import in_time

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.once("grown")]
SOON_SECONDS = in_time(5)  # one is promised, on a machine with nothing else to do


@pytest.fixture
def run_action(staff_browser):
    return lambda *words, **answers: asyncio.to_thread(staff_browser.run_action, *words, **answers)


@pytest.fixture
async def scene(people, join):
    """Clients of ana and bruno (on another server) in a room of ana, and the room's card."""
    ana, bruno = await join(people.ana), await join(people.bruno, server=-1)
    room = (await ana.command(f"#cR {unique('room')}"))["data"]["room"]
    await bruno.enter(room["id"])
    return ana, bruno, room


async def card_of(client, room, fits):
    while True:
        for card in (await client.expect("rooms", within=SOON_SECONDS))["rooms"]:
            if card["id"] == room["id"] and fits(card):
                return card


async def test_rename_and_permanence_are_live(scene, staff_browser):
    _ana, bruno, room = scene
    name = unique("Draughts")
    path = f"/admin/rooms/room/{room['id']}/change/"
    await asyncio.to_thread(staff_browser.post, path, name=name, permanent="on")
    card = await card_of(bruno, room, lambda card: card["name"] == name)
    assert card["permanent"]


async def test_emptying_a_room_is_live(scene, run_action):
    ana, bruno, room = scene
    two = unique("two")
    await ana.send_message("one")
    await bruno.expect_message("one")
    await run_action("rooms/room", room["id"], "empty")
    for client in (ana, bruno):
        await client.expect("events", room=room["id"], reset=True, messages=[], within=SOON_SECONDS)
    assert (await bruno.send_message(two))["seq"] == 2
    assert (await ana.expect_message(two))["seq"] == 2
    assert [message["text"] for message in ana.log(room["id"])] == [two]


async def test_closing_a_room_is_live(scene, run_action, staff_browser):
    _ana, bruno, room = scene
    await run_action("rooms/room", room["id"], "close")
    assert (await bruno.expect("room_gone", room=room["id"], within=SOON_SECONDS))["reason"] == "deleted"


async def test_erasing_a_message_is_live(scene, run_action):
    ana, bruno, room = scene
    said = await ana.send_message("something vile")
    message = await bruno.expect_message("something vile")
    pk = (await Message.objects.aget(room=room["id"], seq=said["seq"])).pk
    await run_action("rooms/message", pk, "erase", reason="vile")
    for client in (ana, bruno):
        await client.wait_until(
            lambda client=client: client.log(room["id"])[0]["erased"], "erased", within=SOON_SECONDS
        )
    assert bruno.log(room["id"])[0]["version"] > message["version"]


async def test_announcement_reaches_clients_in_any_room(scene, staff_browser):
    ana, bruno, _room = scene
    text = unique("The server rests at noon")
    await asyncio.to_thread(staff_browser.post, "/admin/rooms/announcement/add/", text=text)
    for client in (ana, bruno):
        notice = await client.expect("notice", code="announcement", text=text, within=SOON_SECONDS)
        assert notice["room"] is None


# --- Reports


@pytest.fixture
async def report(scene):
    """Ana's report of a message by bruno in her room."""
    ana, bruno, room = scene
    said = await bruno.send_message("something vile")
    await ana.expect_message("something vile")
    await ana.ask("report", room=room["id"], seq=said["seq"], why="it hurts")
    return await Report.objects.aget(room=room["id"])


async def is_settled_as(report, outcome):
    await report.arefresh_from_db()
    return report.settled_at is not None and report.outcome == outcome


async def last_log_entry():
    return await StaffAct.objects.order_by("-pk").values_list("what", "whom_name", "why").afirst()


async def test_report_erase_message(scene, run_action, report):
    ana, bruno, room = scene
    await run_action("rooms/report", report.pk, "erase_message", reason="vile")
    for client in (ana, bruno):
        await client.wait_until(
            lambda client=client: client.log(room["id"])[0]["erased"], "erased", within=SOON_SECONDS
        )
    assert await is_settled_as(report, "erase")
    assert await last_log_entry() == ("erase", f"{room['id']}#1", "vile")


async def test_report_mute_author_and_let_speak(scene, run_action, report, people):
    _ana, bruno, room = scene
    await run_action("rooms/report", report.pk, "mute_author", reason="vile")
    await bruno.expect("notice", code="muted", within=SOON_SECONDS)
    assert (await bruno.send_message("more of it", room=room["id"]))["code"] == "muted"
    assert await is_settled_as(report, "room_mute")
    assert await last_log_entry() == ("room_mute", people.bruno.name, "vile")

    muted = await Muted.objects.aget(room=room["id"])
    await run_action("rooms/muted", muted.pk, "let_speak", reason="sorry")
    await bruno.expect("notice", code="unmuted", within=SOON_SECONDS)
    assert (await bruno.send_message("thank you", room=room["id"]))["type"] == "ack"
    assert await last_log_entry() == ("room_unmute", people.bruno.name, "sorry")


@pytest.mark.parametrize(("name", "outcome"), [("remove_author", "room_remove"), ("ban_from_room", "room_ban")])
async def test_report_remove_or_ban_from_room(scene, run_action, report, people, name, outcome):
    _ana, bruno, room = scene
    await run_action("rooms/report", report.pk, name, reason="vile")
    assert (await bruno.expect("room_gone", room=room["id"], within=SOON_SECONDS))["reason"] == "removed"
    assert await is_settled_as(report, outcome)
    assert await last_log_entry() == (outcome, people.bruno.name, "vile")
    membership = await Membership.objects.aget(room=room["id"], user=people.bruno.id)
    assert (membership.may_return_at is None) == (outcome == "room_ban")


async def test_report_ban_from_site(scene, run_action, report, people):
    _ana, bruno, _room = scene
    await run_action("rooms/report", report.pk, "ban_from_site", reason="vile")
    assert await bruno.wait_closed(within=SOON_SECONDS) == 4003
    assert await is_settled_as(report, "ban")
    assert await last_log_entry() == ("ban", people.bruno.name, "vile")


async def test_report_of_private_message_allows_no_change(people, join, run_action, staff_browser):
    ana, bruno = await join(people.ana), await join(people.bruno)
    said = (await bruno.command(f"#private {people.ana.name} secret"))["data"]
    await ana.ask("report", room=said["room"], seq=said["seq"])
    report = await Report.objects.aget(room=said["room"])
    for name in ("erase_message", "mute_author", "remove_author", "ban_from_room"):
        await run_action("rooms/report", report.pk, name, reason="x")
    await report.arefresh_from_db()
    assert report.settled_at is None
    assert (await Message.objects.aget(room=said["room"])).text == "secret"
    assert (await bruno.send_message("again", room=said["room"]))["type"] == "ack"
    assert not await StaffAct.objects.filter(by_name=staff_browser.person.name).aexists()
