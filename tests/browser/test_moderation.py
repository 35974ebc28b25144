"""Moderation in the page: actions of the owner, and their effects in the pages of members."""

import re

import pytest
from playwright.async_api import expect

from .rooms import room_with

pytestmark = pytest.mark.once("embedded")

PHONE = {"width": 360, "height": 740}


@pytest.fixture
def room(people):
    return room_with(2, people.ana, people.bruno)


async def moderate_user(tab, name, choice, *, sure=False):
    """Choose an action in the menu beside a name."""
    await tab.page.locator("#names .person-line", has_text=name).locator(".more").click()
    await tab.page.locator(f'[data-action="{choice}"]').click()
    if sure:
        await tab.page.locator("#person-yes").click()


async def test_owner_mutes_bans_and_unbans(open_tab, people, room):
    ana, bruno = await open_tab("ana", people.ana), await open_tab("bruno", people.bruno, server=-1)
    await ana.visit(f"/rooms/{room}/")
    await bruno.visit(f"/rooms/{room}/")
    title = await ana.page.locator("#heading").inner_text()

    await moderate_user(ana, people.bruno.name, "mute")
    for tab in (ana, bruno):
        await expect(tab.page.locator("#names .muted:visible")).to_have_count(1)
    await moderate_user(ana, people.bruno.name, "unmute")
    await expect(bruno.page.locator("#names .muted:visible")).to_have_count(0)

    await moderate_user(ana, people.bruno.name, "ban", sure=True)
    await expect(bruno.page.locator("#said [data-code=removed]")).to_contain_text(title)
    await expect(bruno.room(title)).to_have_count(0)
    await expect(bruno.page.locator("#keep-order")).to_be_hidden()

    await ana.page.locator("#keep-order").click()
    await ana.page.locator("#kept-out li", has_text=people.bruno.name).locator("button").click()
    await expect(ana.page.locator("#kept-out li")).to_have_count(0)
    await expect(bruno.room(title)).to_have_count(1)
    await ana.page.locator("#slow-seconds").select_option("30")
    await ana.page.keyboard.press("Escape")
    await bruno.room(title).locator("a").click()
    await expect(bruno.page.locator("#about")).to_have_text(re.compile("30"))
    await bruno.send_message("the first")
    await bruno.expect_message("the first", author=people.bruno.name)
    await bruno.send_message("too soon")
    await bruno.send_message("#eR")
    await expect(bruno.page.locator("#heading")).not_to_have_text(title)


async def test_message_is_reported_and_its_author_blocked(open_tab, people, room):
    ana = await open_tab("ana", people.ana, viewport=PHONE)
    await ana.visit(f"/rooms/{room}/")
    line = ana.page.locator(f'#said [data-author="{people.bruno.name}"]')

    await line.focus()
    await line.locator('[data-choice="report"]').click()
    await ana.page.locator("#report-why").fill("it hurts")
    await ana.page.locator("#report-dialog [value=yes]").click()
    await expect(ana.page.locator("#toast")).not_to_be_empty()

    await line.focus()
    await line.locator('[data-choice="about"]').click()
    await ana.page.locator('[data-action="block"]').click()
    await expect(line.locator(".text")).to_be_hidden()
    await ana.reload()
    await expect(line.locator(".text")).to_be_hidden()
    await line.locator(".unfold").click()
    await expect(line.locator(".text")).to_be_visible()
