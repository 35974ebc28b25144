"""Screenshots of every page and state: `make screens` writes them to tests/output/screens."""

import asyncio

import pytest
from playwright.async_api import expect

from rooms.moderation import actions

from .cameras import WAYS, set_up
from .rooms import room_with
from .test_offline import kept

pytestmark = [pytest.mark.long, pytest.mark.service_worker]

PAGES = {
    "profile": "/accounts/profile/",
    "password": "/accounts/password/",
    "delete": "/accounts/profile/delete/",
    "people": "/users/",
}
MARKED = """> a quote with *emphasis*

- a list with `code`
- and a link: https://example.org

```py
def greet(name):
    return f"hola, {name}"  # a comment
```
:wave: @"""


@pytest.fixture
def room(people):
    return room_with(30, people.ana, people.bruno, people.carla, minutes_apart=90)


@pytest.fixture(params=WAYS, ids="-".join)
async def camera(request, open_tab, room):
    """Factory of tabs in one size, theme and language; `await tab.shoot("name")` takes a screenshot."""
    return lambda person=None: set_up(open_tab, request.param, person)


async def test_sign_in_and_sign_up(camera):
    stranger = await camera()
    for name in ("sign-in", "sign-up"):
        await stranger.page.goto(f"/accounts/{name}/")
        await stranger.shoot(name)
    await stranger.page.locator("form:has([name=username]) button").click()
    await expect(stranger.page.locator(".errors")).to_be_visible()
    await stranger.shoot("sign-up-errors")
    await stranger.page.goto("/nowhere/")
    await stranger.shoot("not-found")
    stranger.complaints.clear()


async def test_pages(camera, people):
    ana = await camera(people.ana)
    for name, path in PAGES.items():
        await ana.page.goto(path)
        await ana.shoot(name)
    await ana.page.goto("/lab/")
    await expect(ana.page.locator("#lab")).to_have_attribute("data-state", "open")
    await ana.shoot("lab")


async def test_chat(camera, people, room):
    ana = await camera(people.ana)
    await ana.visit(f"/rooms/{room}/")
    await ana.send_message("#help")
    await ana.reply_text("help")
    await ana.shoot("chat")
    await ana.page.goto(f"/rooms/{room}/#15")
    await ana.reload()
    await expect(ana.page.locator("[data-found]")).to_be_visible()
    await ana.shoot("permalink")
    for name in ("side", "people"):
        if await ana.page.locator(f"#open-{name}").is_visible():
            await ana.page.locator(f"#open-{name}").click()
            await ana.shoot(f"drawer-{name}")
            await ana.page.go_back()
    await ana.page.goto(f"/messages/{people.bruno.name}/")
    await ana.ready()
    await ana.send_message(f"#private {people.bruno.name} ¡hola!")
    await ana.expect_room(people.bruno.name)
    await ana.shoot("conversation")
    await ana.send_message("#exit")
    await ana.expect_state("stopped")
    await ana.shoot("disconnected")


async def test_composer_and_hover_states(camera, people, room):
    ana = await camera(people.ana)
    await ana.visit(f"/rooms/{room}/")
    await ana.send_message(MARKED + people.ana.name)
    await ana.expect_message("hola", author=people.ana.name)
    box = ana.page.locator("#text")
    await box.press_sequentially("#")
    await expect(ana.page.locator("#suggestions")).to_be_visible()
    await ana.shoot("suggestions")
    await ana.send_message("a second line")
    await ana.expect_message("a second line", author=people.ana.name)
    await box.press("ArrowUp")
    await ana.shoot("editing")
    await box.press("Escape")
    await ana.page.locator("#said [data-seq]").last.hover()
    await ana.shoot("actions")
    await ana.send_message(f"#cR {people.ana.name}'s room")
    await expect(ana.page.locator("#first-steps")).to_be_visible()
    await ana.shoot("empty-room")


async def test_dialogs_and_popovers(camera, people, room):
    ana = await camera(people.ana)
    await ana.visit(f"/rooms/{room}/")
    ana.expect_complaints("net::ERR", "WebSocket connection", "Failed to load resource")
    for name, opener in {"keys": "#open-keys", "notices": "#open-notices", "gauge": "[popovertarget=gauge]"}.items():
        if await ana.page.locator("#open-side").is_visible():
            await ana.page.locator("#open-side").click()
        await ana.page.locator(opener).click()
        await ana.shoot(name)
        await ana.page.reload()
        await ana.ready()
    await kept(ana)
    await ana.page.context.set_offline(True)
    await ana.page.reload()
    await ana.expect_state("offline")
    await ana.send_message("written without a line")
    await expect(ana.page.locator(".line-state")).to_be_visible()
    await ana.shoot("waiting")


async def test_moderation_dialogs(camera, people, room):
    await asyncio.to_thread(ban_carla, people, room)
    ana = await camera(people.ana)
    await ana.visit(f"/rooms/{room}/")
    line = ana.page.locator(f'#said [data-author="{people.bruno.name}"]').last
    await line.focus()
    await line.locator('[data-choice="about"]').click()
    await ana.shoot("person-sheet")
    await ana.page.locator('[data-action="ban"]').click()
    await ana.shoot("person-question")
    await ana.page.keyboard.press("Escape")
    await expect(ana.page.locator("dialog[open]")).to_have_count(0)
    await line.focus()
    await line.locator('[data-choice="report"]').click()
    await ana.page.locator("#report-why").fill("It hurts")
    await ana.shoot("report-sheet")
    await ana.page.locator("#report-dialog [value=yes]").click()
    await expect(ana.page.locator("#toast")).not_to_be_empty()
    await ana.shoot("reported")
    await line.focus()
    await line.locator('[data-choice="about"]').click()
    await ana.page.locator('[data-action="block"]').click()
    await expect(line.locator(".unfold")).to_be_visible()
    await ana.shoot("blocked")
    if await ana.page.locator("#open-people").is_visible():
        await ana.page.locator("#open-people").click()
    await ana.page.locator("#keep-order").click()
    await expect(ana.page.locator("#kept-out li")).to_have_count(1)
    await ana.page.locator("#slow-seconds").select_option("30")
    await expect(ana.page.locator("#order-status")).not_to_be_empty()
    await ana.shoot("order-sheet")


def ban_carla(people, room):
    actions.moderate(people.ana.user, room, "ban", people.carla.id)


async def test_muted_and_throttled_users(camera, people, room, api_client):
    owner = await asyncio.to_thread(api_client, people.ana)
    bruno = await camera(people.bruno)
    await bruno.visit(f"/rooms/{room}/")
    await asyncio.to_thread(moderate, owner, room, "mute", people.bruno)
    await expect(bruno.page.locator('#said [data-code="muted"]')).to_be_visible()
    await bruno.send_message("may I?")
    await expect(bruno.page.locator('#waiting [data-state="failed"]')).to_be_visible()
    await expect(bruno.page.locator("#toast")).to_be_empty()
    await bruno.shoot("muted")
    await bruno.page.locator('[data-choice="discard"]').click()
    await asyncio.to_thread(moderate, owner, room, "unmute", people.bruno)
    await expect(bruno.page.locator('#said [data-code="unmuted"]')).to_be_visible()
    await asyncio.to_thread(owner.call, "PUT", f"rooms/{room}/slow", json={"seconds": 600})
    await expect(bruno.page.locator('#said [data-code="slow_mode"]')).to_be_visible()
    for text in ("the first", "too soon"):
        await bruno.send_message(text)
    await bruno.expect_message("the first", author=people.bruno.name)
    await expect(bruno.page.locator("#waiting .line")).to_be_visible()
    await expect(bruno.page.locator("#about")).to_contain_text("600")
    await expect(bruno.page.locator("#toast")).to_be_empty()
    await bruno.shoot("slow-mode")


def moderate(owner, room, action, person):
    assert owner.post(f"rooms/{room}/moderation", action=action, user_id=person.id).ok
