"""Pictures of the staff's desk, for eyes: `make screens` puts them into tests/output/screens."""

import asyncio
import datetime

import pytest
from playwright.async_api import expect

from accounts.models import StaffAct, User
from rooms.models import Announcement, Message
from tests.people import sign_up

from .conftest import OUTPUT
from .rooms import room_with

pytestmark = pytest.mark.long

SIZES = {"phone": (360, 780), "desk": (1440, 900)}
FOLDER = OUTPUT / "screens"
NAMES = ["alba", "blas", "celia", "dario", "elena", "fermin", "gala", "hugo", "ines", "joel", "kiko", "lola"]


@pytest.fixture
def things(people):
    """A room that was talked in, and people of every standing; `{name: path}` of the desk's pages."""
    room = room_with(20, people.ana, people.bruno, people.carla, minutes_apart=90)
    sara = sign_up("sara", is_staff=True).user
    for number, name in enumerate(NAMES):
        sign_up(name, gender="FMON"[number % 4], birth_date=datetime.date(1950 + 4 * number, 3, 9))
    User.objects.get(pk=people.carla.id).ban("Advertised pills in three rooms", None)
    for what in ("ban", "unban", "close", "make_permanent", "erase"):
        StaffAct.note(sara, what, people.carla.user, why="Advertised pills in three rooms")
    Announcement.objects.create(text="The server rests at noon, for ten minutes.", by=sara)
    message = Message.objects.filter(room=room).last()
    return {
        "index": "/admin/",
        "users": "/admin/accounts/user/",
        "user": f"/admin/accounts/user/{people.ana.id}/change/",
        "banned": f"/admin/accounts/user/{people.carla.id}/change/",
        "rooms": "/admin/rooms/room/",
        "room": f"/admin/rooms/room/{room}/change/",
        "messages": f"/admin/rooms/message/?room__id__exact={room}",
        "message": f"/admin/rooms/message/{message.pk}/change/",
        "announcements": "/admin/rooms/announcement/",
        "announce": "/admin/rooms/announcement/add/",
        "log": "/admin/accounts/staffact/",
    }


@pytest.mark.parametrize("light", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
async def test_the_desk(open_tab, people, things, join, size, light):
    await join(people.ana)
    sara = await asyncio.to_thread(sign_up, "sara", is_staff=True)
    width, height = SIZES[size]
    FOLDER.mkdir(parents=True, exist_ok=True)
    tab = await open_tab("sara", sara, viewport={"width": width, "height": height})
    await tab.page.emulate_media(color_scheme=light, reduced_motion="reduce")
    for name, path in things.items():
        await tab.page.goto(path)
        await expect(tab.page.locator("h1").first).to_be_visible()
        wide = await tab.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{path} is {wide} px too wide"
        await tab.picture(FOLDER / f"desk-{name}-{size}-{light}.png")
    await tab.page.goto(things["user"])
    await tab.page.locator(".acts button[value=ban]").click()
    await expect(tab.page.locator("form.ask")).to_be_visible()
    await tab.picture(FOLDER / f"desk-ban-{size}-{light}.png")
