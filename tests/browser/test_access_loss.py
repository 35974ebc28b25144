"""The page of a user who is banned or disconnected by staff."""

import asyncio

import pytest
from playwright.async_api import expect

pytestmark = pytest.mark.once("embedded")


async def test_banned_user_sees_the_reason_and_does_not_reconnect(open_tab, people, staff_browser):
    ana = await open_tab("ana", people.ana)
    await ana.visit()
    await asyncio.to_thread(staff_browser.run_action, "accounts/user", people.ana.id, "ban", reason="advertised pills")
    await ana.expect_state("stopped")
    assert "advertised pills" in await ana.reply_text("banned")
    await expect(ana.page.locator("#reconnect")).to_be_hidden()
    await ana.page.goto("/accounts/sign-in/")
    await ana.page.locator("[name=username]").fill(people.ana.name)
    await ana.page.locator("[name=password]").fill(people.ana.password)
    await ana.page.keyboard.press("Enter")
    await expect(ana.page.locator(".errors")).to_contain_text("advertised pills")


async def test_disconnected_user_can_reconnect(open_tab, people, staff_browser):
    ana = await open_tab("ana", people.ana)
    await ana.visit()
    await asyncio.to_thread(staff_browser.run_action, "accounts/user", people.ana.id, "disconnect")
    await ana.expect_state("stopped")
    await ana.reply_text("disconnected")
    await ana.page.locator("#reconnect").click()
    await ana.expect_state("open")
