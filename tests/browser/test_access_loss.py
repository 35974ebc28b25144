"""What a page shows to whom staff send away."""

import asyncio

import pytest
from playwright.async_api import expect

pytestmark = pytest.mark.once("embedded")


async def test_the_banned_read_why_and_the_page_does_not_come_back(open_tab, people, desk):
    ana = await open_tab("ana", people.ana)
    await ana.visit()
    await asyncio.to_thread(desk.act, "accounts/user", people.ana.id, "ban", reason="advertised pills")
    await ana.expect_state("stopped")
    assert "advertised pills" in await ana.reply_text("banned")
    await expect(ana.page.locator("#reconnect")).to_be_hidden()
    await ana.page.goto("/accounts/sign-in/")
    await ana.page.locator("[name=username]").fill(people.ana.name)
    await ana.page.locator("[name=password]").fill(people.ana.password)
    await ana.page.keyboard.press("Enter")
    await expect(ana.page.locator(".errors")).to_contain_text("advertised pills")


async def test_who_is_disconnected_comes_back_when_they_want_to(open_tab, people, desk):
    ana = await open_tab("ana", people.ana)
    await ana.visit()
    await asyncio.to_thread(desk.act, "accounts/user", people.ana.id, "disconnect")
    await ana.expect_state("stopped")
    await ana.reply_text("disconnected")
    await ana.page.locator("#reconnect").click()
    await ana.expect_state("open")
