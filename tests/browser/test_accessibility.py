"""axe finds no violation on any page, in light and dark themes, on desktops and phones."""

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect

from .rooms import room_with

pytestmark = pytest.mark.footing("embedded")

DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 740}
COLOURS_ONLY = {"resultTypes": ["violations"], "runOnly": ["color-contrast"]}
EVERYTHING = {"resultTypes": ["violations"]}
WAYS = [
    (DESKTOP, "light", EVERYTHING),
    (PHONE, "dark", EVERYTHING),
    (PHONE, "light", COLOURS_ONLY),
    (DESKTOP, "dark", COLOURS_ONLY),
]


@pytest.fixture
def talked_in(people):
    return room_with(9, people.ana, people.bruno, minutes_apart=9 * 60)


# Once for each page, and back comes only what is wrong: axe is half a megabyte, and all that it tells another.
LOOK = "async (options) => (await axe.run(options)).violations"


async def faults(page, options):
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(Axe().axe_script)
    return await page.evaluate(LOOK, options)


async def clean(tab, ways=WAYS):
    """Look at the page in all these ways, and complain of what axe finds."""
    for size, light, options in ways:
        await tab.page.set_viewport_size(size)
        await tab.page.emulate_media(color_scheme=light, reduced_motion="reduce")
        violations = [
            f"{fault['id']}: {node['html'][:200]} ({node['failureSummary']})"
            for fault in await faults(tab.page, options)
            for node in fault["nodes"]
        ]
        assert not violations, f"{tab.page.url} {size} {light}"


@pytest.mark.parametrize("path", ["/accounts/sign-in/?next=/rooms/", "/accounts/sign-up/", "/nowhere/"])
async def test_pages_of_visitors(open_tab, path):
    stranger = await open_tab("stranger")
    response = await stranger.page.goto(path)
    if response.status == 404:
        stranger.complaints.clear()  # that it is not found is what was asked for
    await clean(stranger)


async def test_form_with_errors(open_tab):
    stranger = await open_tab("stranger")
    await stranger.page.goto("/accounts/sign-up/")
    await stranger.page.locator("form:has([name=username]) button").click()
    await expect(stranger.page.locator(".errors")).to_be_visible()
    await clean(stranger)


@pytest.mark.parametrize("path", ["/accounts/profile/", "/accounts/profile/delete/", "/accounts/password/", "/users/"])
async def test_pages_of_users(open_tab, people, path):
    ana = await open_tab("ana", people.ana)
    await ana.page.goto(path)
    await clean(ana)


async def test_chat_in_every_state(open_tab, people, talked_in):
    ana = await open_tab("ana", people.ana)
    await ana.visit(f"/rooms/{talked_in}/")
    await ana.send_message("#help")
    await ana.send_message("#nonsense")
    await ana.send_message("a line of one's own")
    await ana.expect_message("a line of one's own", author=people.ana.name)
    await ana.page.locator("#said [data-seq]").last.focus()
    await clean(ana)
    await ana.page.set_viewport_size(PHONE)
    for name in ("side", "people"):
        await ana.page.locator(f"#open-{name}").click()
        await clean(ana, WAYS[1:3])
        await ana.page.keyboard.press("Escape")
        await expect(ana.page.locator(f"#{name}-drawer")).to_be_hidden()
    await ana.send_message("#exit")
    await ana.expect_state("stopped")
    await clean(ana, WAYS[1:])


async def test_empty_room_and_conversation(open_tab, people):
    ana = await open_tab("ana", people.ana)
    await ana.visit()
    await ana.send_message(f"#cR {people.ana.name}s room")
    await expect(ana.page.locator("#first-steps")).to_be_visible()
    await clean(ana, WAYS[:2])
    await ana.page.goto(f"/messages/{people.bruno.name}/")
    await ana.ready()
    await clean(ana, WAYS[:2])


async def test_dialogs_and_popovers(open_tab, people, talked_in):
    ana = await open_tab("ana", people.ana)
    await ana.visit(f"/rooms/{talked_in}/")
    await ana.send_message(
        f"> *quoted*\n\n- `code` and https://example.org\n\n```py\nreturn 'x'  # why\n```\n@{people.ana.name}"
    )
    await expect(ana.page.locator("#said .mention")).to_be_visible()
    box = ana.page.locator("#text")
    await box.press_sequentially("#")
    await ana.page.keyboard.press("ArrowDown")
    await clean(ana)
    await box.fill("")
    await box.press("ArrowUp")
    await clean(ana, WAYS[:2])
    await ana.page.keyboard.press("Escape")
    for opened in ("#open-keys", "#open-notices", "[popovertarget=gauge]"):
        await ana.page.set_viewport_size(DESKTOP)
        await ana.page.locator(opened).click()
        await clean(ana, [WAYS[0], WAYS[3]])
        await ana.page.keyboard.press("Escape")
