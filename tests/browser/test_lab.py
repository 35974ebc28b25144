"""The protocol lab, /lab/."""

import asyncio
import re

import pytest
from playwright.async_api import expect

from accounts.models import User
from tests.people import unique

from .tab import Tab

pytestmark = pytest.mark.footing("embedded")

PHONE = {"width": 360, "height": 740}


class Lab(Tab):
    """Input to the lab page, and expectations of its contents."""

    async def enter(self):
        await self.page.goto("/lab/")
        await expect(self.page.locator("#lab")).to_have_attribute("data-state", "open")
        await expect(self.page.locator("#server")).not_to_be_empty()

    async def send(self, action, text):
        form = self.page.locator(f'form[data-act="{action}"]')
        await form.locator("input").fill(text)
        await form.locator("button").click()

    async def press(self, action):
        await self.page.locator(f'button[data-act="{action}"]').click()

    async def expect_frame(self, frame_type, text):
        """Wait for a frame of this type that contains the text, in its sentence or raw."""
        frame = self.page.locator(f'#frames [data-type="{frame_type}"]', has_text=text).first
        await expect(frame).to_be_visible()


@pytest.fixture
def open_lab(open_tab):
    async def open_one(label, person, **options):
        tab = await open_tab(label, person, **options)
        tab.__class__ = Lab
        await tab.enter()
        return tab

    return open_one


async def test_every_button_of_the_lab(open_lab, open_tab, people):
    await asyncio.to_thread(User.objects.filter(pk=people.bruno.id).update, is_staff=True)
    ana, bruno = await open_lab("ana", people.ana, viewport=PHONE), await open_lab("bruno", people.bruno, server=-1)
    main, room = await ana.page.locator("#here").inner_text(), unique("Lab")
    await expect(ana.page.locator("#latency")).to_contain_text(re.compile(r"\(\d+ samples\)"))
    await ana.send("echo", "hola, <b>eco</b>")
    await ana.expect_frame("echo", "Echo: hola, <b>eco</b>")
    await ana.send("broadcast", "not for me to say")
    await ana.expect_frame("error", "You may not do that here.")
    await bruno.send("broadcast", "to one and all")
    await ana.expect_frame("notice", "to one and all")

    await ana.send("say", f"#cR {room}")
    await expect(ana.page.locator("#here")).to_have_text(room)
    await bruno.send("join", room)
    await expect(bruno.page.locator("#here")).to_have_text(room)
    await ana.send("say", "only in here")
    await ana.expect_frame("ack", "is stored as number 1")
    await bruno.expect_frame("events", "only in here")
    await bruno.press("leave")
    await expect(bruno.page.locator("#here")).to_have_text(main)
    await ana.press("close")
    await expect(ana.page.locator("#here")).to_have_text(main)
    await bruno.expect_frame("room_gone", room)

    await ana.press("disconnect")
    await expect(ana.page.locator("#lab")).to_have_attribute("data-state", "stopped")
    await ana.press("connect")
    await expect(ana.page.locator("#lab")).to_have_attribute("data-state", "open")
    assert (await ana.page.locator("#frames .number").first.inner_text()).startswith("Received #")
    assert await ana.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
