"""Unread counts of one user on two devices."""

import contextlib

import pytest
from playwright.async_api import expect

from tests.people import unique
from tests.waiting import TIMEOUT_SECONDS, WaitTimeout

from .rooms import open_tabs_in_room

pytestmark = pytest.mark.once("grown")

PHONE = {"width": 360, "height": 740}


def conversation(tab, person):
    return tab.page.locator("#conversations li", has_text=person.name)


async def test_reading_on_one_device_clears_the_count_of_the_other(open_tab, people):
    ana = await open_tab("ana", people.ana)
    laptop = await open_tab("laptop", people.bruno)
    phone = await open_tab("phone", people.bruno, server=-1, viewport=PHONE)
    for tab in (ana, laptop, phone):
        await tab.visit()

    await ana.send_message(f"#\\private<{people.bruno.name}> one")
    await ana.send_message(f"#\\private<{people.bruno.name}> two")
    for tab in (laptop, phone):
        await expect(conversation(tab, people.ana)).to_have_attribute("data-unread", "2")
    await expect(conversation(ana, people.bruno)).to_have_attribute("data-unread", "0")

    await phone.page.goto(f"/messages/{people.ana.name}/")
    await phone.expect_message("two", author=people.ana.name)
    for tab in (phone, laptop):
        await expect(conversation(tab, people.ana)).to_have_attribute("data-unread", "0")
    await laptop.reload()
    await expect(conversation(laptop, people.ana)).to_have_attribute("data-unread", "0")


async def test_left_room_counts_new_messages(open_tab, people):
    ana, bruno, chess = await open_tabs_in_room(open_tab, people)
    await bruno.send_message("#eR")
    await bruno.expect_room("Main")

    await ana.send_message("one")
    await ana.send_message("two")
    await expect(bruno.room(chess)).to_have_attribute("data-unread", "2")
    await expect(ana.room(chess)).to_have_attribute("data-unread", "0")

    await bruno.send_message(f"#gR {chess}")
    await bruno.expect_message("two", author=people.ana.name)
    await expect(bruno.room(chess)).to_have_attribute("data-unread", "0")


async def test_message_below_the_view_is_unread_until_scrolled_to(open_tab, people):
    ana, bruno, chess = await open_tabs_in_room(open_tab, people)
    await ana.send_message("\n".join(str(line) for line in range(100)))
    await bruno.expect_message("99", author=people.ana.name)
    await bruno.page.locator("#timeline").evaluate("(timeline) => (timeline.scrollTop = 0)")
    await expect(bruno.page.locator("#jump")).to_be_visible()

    await ana.send_message("below")
    await expect(bruno.room(chess)).to_have_attribute("data-unread", "1")

    await bruno.page.locator("#jump").click()
    await expect(bruno.room(chess)).to_have_attribute("data-unread", "0")


async def type_until(tab, seen):
    """Type repeatedly until `seen` is visible: single typing events may be dropped."""
    for _ in range(TIMEOUT_SECONDS):
        await tab.page.locator("#text").press_sequentially("hola ")
        with contextlib.suppress(AssertionError):
            await expect(seen).to_be_visible(timeout=1000)
            return
    raise WaitTimeout(f"not seen, though {tab.label} wrote for {TIMEOUT_SECONDS} s")


async def test_typing_is_shown_until_the_message_is_sent(open_tab, people):
    ana, bruno = await open_tab("ana", people.ana), await open_tab("bruno", people.bruno, server=-1, locale="es")
    await ana.visit()
    await bruno.visit()
    chess = unique("Chess")
    await ana.send_message(f"#cR {chess}")
    await ana.expect_room(chess)
    await bruno.send_message(f"#gR {chess}")
    await bruno.expect_room(chess)

    await type_until(ana, bruno.page.get_by_text(f"{people.ana.name} está escribiendo…"))
    await ana.page.locator("#text").press("Enter")
    await bruno.expect_message("hola", author=people.ana.name)
    await expect(bruno.page.locator("#typists")).to_be_empty()
