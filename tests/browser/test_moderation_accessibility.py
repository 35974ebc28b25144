"""axe finds no violation in the dialogs of moderation and on the staff site."""

import asyncio

import pytest
from playwright.async_api import expect

from rooms.moderation.actions import moderate
from tests.people import sign_up

from .admin_data import create_admin_data
from .rooms import room_with
from .test_accessibility import DESKTOP, WAYS, clean
from .test_moderation import moderate_user

pytestmark = pytest.mark.footing("embedded")


@pytest.fixture
def paths(people):
    return create_admin_data(people)


@pytest.fixture
def room(people):
    """A room of ana from which carla is banned."""
    room = room_with(4, people.ana, people.bruno, people.carla)
    moderate(people.ana.user, room, "ban", people.carla.id)
    return room


async def test_staff_pages(open_tab, people, paths):
    sara = await open_tab("sara", await asyncio.to_thread(sign_up, "sara", is_staff=True))
    sara.expect_complaints("Applying inline style")  # set by axe on scrolling elements
    for name, path in paths.items():
        await sara.page.goto(path)
        await clean(sara, WAYS if "report" in name else WAYS[:2])
    await sara.page.goto(paths["report"])
    await sara.page.locator(".acts button[value=ban_from_site]").click()
    await sara.page.locator("[name=confirmed]").evaluate("button => button.form.noValidate = true")
    await sara.page.locator("[name=confirmed]").click()
    await expect(sara.page.locator(".errorlist")).to_be_visible()
    await clean(sara)


async def test_moderation_dialogs(open_tab, people, room):
    ana, bruno = await open_tab("ana", people.ana), await open_tab("bruno", people.bruno)
    await ana.visit(f"/rooms/{room}/")
    await bruno.visit(f"/rooms/{room}/")
    line = ana.page.locator(f'#said [data-author="{people.bruno.name}"]').last

    await line.focus()
    await line.locator('[data-choice="about"]').click()
    await clean(ana)
    await ana.page.locator('[data-action="ban"]').click()
    await clean(ana)
    await ana.page.keyboard.press("Escape")
    await line.focus()
    await line.locator('[data-choice="report"]').click()
    await clean(ana)
    await ana.page.keyboard.press("Escape")
    await ana.page.set_viewport_size(DESKTOP)
    await ana.page.locator("#keep-order").click()
    await expect(ana.page.locator("#kept-out li")).to_have_count(1)
    await ana.page.locator("#slow-seconds").select_option("30")
    await expect(ana.page.locator("#order-status")).not_to_be_empty()
    await clean(ana)
    await ana.page.keyboard.press("Escape")
    await expect(bruno.page.locator('#said [data-code="slow_mode"]')).to_be_visible()
    await clean(bruno)


async def test_muted_and_blocked_users(open_tab, people, room):
    ana, bruno = await open_tab("ana", people.ana), await open_tab("bruno", people.bruno)
    await ana.visit(f"/rooms/{room}/")
    await bruno.visit(f"/rooms/{room}/")
    await moderate_user(ana, people.bruno.name, "mute")
    await expect(bruno.page.locator("#names .muted:visible")).to_have_count(1)
    await bruno.send_message("may I?")
    await expect(bruno.page.locator('#waiting [data-state="failed"]')).to_be_visible()
    await clean(bruno)
    await bruno.page.locator('[data-choice="discard"]').click()
    await moderate_user(ana, people.bruno.name, "block")
    await expect(ana.page.locator(".unfold:visible")).not_to_have_count(0)
    await clean(ana)
