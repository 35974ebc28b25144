"""Pictures of the staff's desk, for eyes: `make screens` puts them into tests/output/screens."""

import asyncio

import pytest
from playwright.async_api import expect

from tests.people import sign_up

from .admin_data import create_admin_data
from .cameras import in_every_way, set_up

pytestmark = pytest.mark.long


@pytest.fixture
def things(people):
    return create_admin_data(people)


@in_every_way
async def test_the_desk(open_tab, people, things, join, way):
    await join(people.ana)
    sara = await asyncio.to_thread(sign_up, "sara", is_staff=True)
    tab = await set_up(open_tab, way, sara)
    for name, path in things.items():
        await tab.page.goto(path)
        await expect(tab.page.locator("h1").first).to_be_visible()
        await tab.shoot(f"desk-{name}")
    for page, name in {"user": "ban", "report": "mute_author", "room": "close"}.items():
        await tab.page.goto(things[page])
        await tab.page.locator(f".acts button[value={name}]").click()
        await expect(tab.page.locator("form.ask")).to_be_visible()
        await tab.shoot(f"desk-ask-{name}")
    await tab.page.goto(things["report"])
    await tab.page.locator(".acts button[value=ban_from_site]").click()
    await tab.page.locator("[name=until]").fill("2001-01-01T00:00")
    await tab.page.locator("[name=reason]").fill("Pills")
    await tab.page.locator("[name=confirmed]").click()
    await expect(tab.page.locator(".errorlist")).to_be_visible()
    await tab.shoot("desk-ask-errors")
    await tab.page.goto(things["report"])
    await tab.page.locator(".acts button[value=settle]").click()
    await tab.page.locator("[name=confirmed]").click()
    await expect(tab.page.locator(".messagelist")).to_be_visible()
    await tab.shoot("desk-done")


@in_every_way
async def test_the_door_of_the_desk(open_tab, way):
    stranger = await set_up(open_tab, way)
    await stranger.page.goto("/admin/")
    await stranger.shoot("desk-sign-in")
