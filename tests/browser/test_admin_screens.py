"""Screenshots of the staff site: `make screens` writes them to tests/output/screens."""

import asyncio

import pytest
from playwright.async_api import expect

from tests.people import sign_up

from .admin_data import create_admin_data
from .cameras import in_every_way, set_up

pytestmark = pytest.mark.long


@pytest.fixture
def paths(people):
    return create_admin_data(people)


@in_every_way
async def test_staff_pages(open_tab, people, paths, join, way):
    await join(people.ana)
    sara = await asyncio.to_thread(sign_up, "sara", is_staff=True)
    tab = await set_up(open_tab, way, sara)
    for name, path in paths.items():
        await tab.page.goto(path)
        await expect(tab.page.locator("h1").first).to_be_visible()
        await tab.shoot(f"staff-{name}")
    for page, name in {"user": "ban", "report": "mute_author", "room": "close"}.items():
        await tab.page.goto(paths[page])
        await tab.page.locator(f".acts button[value={name}]").click()
        await expect(tab.page.locator("form.ask")).to_be_visible()
        await tab.shoot(f"staff-ask-{name}")
    await tab.page.goto(paths["report"])
    await tab.page.locator(".acts button[value=ban_from_site]").click()
    await tab.page.locator("[name=until]").fill("2001-01-01T00:00")
    await tab.page.locator("[name=reason]").fill("Pills")
    await tab.page.locator("[name=confirmed]").click()
    await expect(tab.page.locator(".errorlist")).to_be_visible()
    await tab.shoot("staff-ask-errors")
    await tab.page.goto(paths["report"])
    await tab.page.locator(".acts button[value=settle]").click()
    await tab.page.locator("[name=confirmed]").click()
    await expect(tab.page.locator(".messagelist")).to_be_visible()
    await tab.shoot("staff-done")


@in_every_way
async def test_staff_sign_in(open_tab, way):
    stranger = await set_up(open_tab, way)
    await stranger.page.goto("/admin/")
    await stranger.shoot("staff-sign-in")
