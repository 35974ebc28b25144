"""Pictures of every page and state, for eyes: `make screens` puts them into tests/output/screens."""

import itertools

import pytest
from playwright.async_api import expect

from .conftest import OUTPUT
from .rooms import room_with
from .test_offline import kept

pytestmark = pytest.mark.long

PAGES = {
    "profile": "/accounts/profile/",
    "password": "/accounts/password/",
    "delete": "/accounts/profile/delete/",
    "people": "/users/",
}
SIZES = {"phone": (360, 780), "tablet": (768, 1024), "desk": (1440, 900)}
MARKED = """> a quote with *emphasis*

- a list with `code`
- and a link: https://example.org

```py
def greet(name):
    return f"hola, {name}"  # a comment
```
:wave: @"""
WAYS = list(itertools.product(SIZES, ["light", "dark"], ["en", "es"]))
FOLDER = OUTPUT / "screens"


@pytest.fixture
def talked_in(people):
    return room_with(30, people.ana, people.bruno, people.carla, minutes_apart=90)


@pytest.fixture(params=WAYS, ids="-".join)
async def camera(request, open_tab, people, talked_in):
    """Opens a page in this size, light and language; `await shoot("name")` takes its picture."""
    size, light, language = request.param
    width, height = SIZES[size]
    FOLDER.mkdir(parents=True, exist_ok=True)

    async def shooting(person=None):
        tab = await open_tab(size, person, viewport={"width": width, "height": height}, locale=language)
        await tab.page.emulate_media(color_scheme=light, reduced_motion="reduce")
        tab.shoot = lambda name: tab.picture(FOLDER / f"{name}-{size}-{light}-{language}.png")
        return tab

    return shooting


async def test_the_doors(camera):
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


async def test_the_pages(camera, people):
    ana = await camera(people.ana)
    for name, path in PAGES.items():
        await ana.page.goto(path)
        await ana.shoot(name)
    await ana.page.goto("/lab/")
    await expect(ana.page.locator("#lab")).to_have_attribute("data-state", "open")
    await ana.shoot("lab")


async def test_the_chat(camera, people, talked_in):
    ana = await camera(people.ana)
    await ana.visit(f"/rooms/{talked_in}/")
    await ana.say("#help")
    await ana.answer("help")
    await ana.shoot("chat")
    await ana.page.goto(f"/rooms/{talked_in}/#15")
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
    await ana.say(f"#private {people.bruno.name} ¡hola!")
    await ana.stands_in(people.bruno.name)
    await ana.shoot("conversation")
    await ana.say("#exit")
    await ana.state("stopped")
    await ana.shoot("disconnected")


async def test_what_one_does_in_the_chat(camera, people, talked_in):
    ana = await camera(people.ana)
    await ana.visit(f"/rooms/{talked_in}/")
    await ana.say(MARKED + people.ana.name)
    await ana.reads("hola", author=people.ana.name)
    box = ana.page.locator("#text")
    await box.press_sequentially("#")
    await expect(ana.page.locator("#suggestions")).to_be_visible()
    await ana.shoot("suggestions")
    await ana.say("a second line")
    await ana.reads("a second line", author=people.ana.name)
    await box.press("ArrowUp")
    await ana.shoot("editing")
    await box.press("Escape")
    await ana.page.locator("#said [data-seq]").last.hover()
    await ana.shoot("actions")
    await ana.say(f"#cR {people.ana.name}'s room")
    await expect(ana.page.locator("#first-steps")).to_be_visible()
    await ana.shoot("empty-room")


async def test_what_lies_over_the_chat(camera, people, talked_in):
    ana = await camera(people.ana)
    await ana.visit(f"/rooms/{talked_in}/")
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
    await ana.state("offline")
    await ana.say("written without a line")
    await expect(ana.page.locator(".line-state")).to_be_visible()
    await ana.shoot("waiting")
