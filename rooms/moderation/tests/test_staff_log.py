"""Staff log entries for acts of staff in rooms."""

import uuid

import pytest
from asgiref.sync import sync_to_async

from accounts.models import StaffAct
from rooms.announcements.models import Announcement
from rooms.models import Room
from rooms.moderation.actions import moderate, set_slow_mode
from tests.people import sign_up, unique


def logged(by):
    return list(StaffAct.objects.filter(by_id=by.pk).order_by("pk").values_list("what", "whom_name", "details"))


@pytest.mark.django_db
def test_moderation_by_staff_is_logged_and_by_owner_is_not(staff, luz):
    other = sign_up("bruno").user
    room, own = Room.create(luz, unique("Chess")), Room.create(staff.person, unique("Own"))
    for one in (room, own):
        one.admit(other)
        moderate(staff.person, one.pk, "mute", other.pk)
        set_slow_mode(staff.person, one.pk, 5)
    moderate(luz, room.pk, "ban", other.pk)
    assert logged(staff.person) == [("room_mute", other.username, room.name), ("room_slow", room.name, "")]
    assert logged(luz) == []


@pytest.mark.asyncio(loop_scope="session")
async def test_closing_room_and_broadcast_are_logged(people, join):
    sara = await sync_to_async(sign_up)("sara", is_staff=True)
    ana, boss = await join(people.ana), await join(sara)
    room = (await ana.command(f"#cR {unique('room')}"))["data"]["room"]
    text = unique("The server rests at noon")
    await boss.command(f"#dR {room['name']}")
    await boss.send(type="broadcast", id=str(uuid.UUID(int=1)), text=text)
    await boss.expect("reply", code="broadcast")
    by = await sync_to_async(lambda: sara.user)()
    assert await sync_to_async(logged)(by) == [("close", room["name"], ""), ("added", text, "")]
    assert await Announcement.objects.filter(text=text, by=by).aexists()
