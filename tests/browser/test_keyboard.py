"""Use by keyboard, and the popover of the connection status."""

import pytest
from playwright.async_api import expect

from tests.people import PASSWORD, unique

pytestmark = pytest.mark.footing("embedded")

MOST_TABS = 40


@pytest.fixture
def box():
    """Function that locates the composer of a tab."""
    return lambda tab: tab.page.locator("#text")


async def tab_to(tab, locator):
    """Press Tab until `locator` has the focus."""
    for _ in range(MOST_TABS):
        if await locator.evaluate("element => element === document.activeElement"):
            return
        await tab.page.keyboard.press("Tab")
    await expect(locator).to_be_focused()


async def press_on(tab, locator):
    await tab_to(tab, locator)
    await tab.page.keyboard.press("Enter")


async def sign_up_by_keyboard(tab, name):
    await tab.page.goto("/")
    await press_on(tab, tab.page.get_by_role("link", name="Create an account"))
    await expect(tab.page.locator("[name=username]")).to_be_focused()
    for answer in (name, PASSWORD, PASSWORD, "Dora", "Tester", "05171990"):
        await tab.page.keyboard.type(answer)
        await tab.page.keyboard.press("Tab")
    await press_on(tab, tab.page.get_by_role("button", name="Create the account"))
    await tab.ready()


async def test_everything_works_by_keyboard(open_tab, people, box):
    name, chess = unique("dora"), unique("Chess")
    dora = await open_tab("dora")
    page, keys = dora.page, dora.page.keyboard
    await sign_up_by_keyboard(dora, name)

    await press_on(dora, page.get_by_role("link", name="Skip to writing"))
    await expect(box(dora)).to_be_focused()
    await dora.type_message(f"#cR {chess}")
    await dora.expect_room(chess)
    for text in ("frist", "to be taken back"):
        await dora.type_message(text)
        await dora.expect_message(text, author=name)
    await keys.press("Shift+F6")
    await keys.press("ArrowUp")
    await press_on(dora, page.get_by_role("button", name="Delete message"))
    await press_on(dora, page.locator("#erase-dialog").get_by_role("button", name="Delete message"))
    await expect(page.locator("#said [data-erased=true]")).to_be_focused()
    await keys.press("Escape")
    await keys.press("ArrowUp")
    await expect(box(dora)).to_have_value("frist")
    await keys.press("Control+a")
    await dora.type_message("first")
    await dora.expect_message("first", author=name)

    await dora.type_message(f"#private {people.bruno.name} between us")
    await dora.reply_text("private_sent")
    await keys.press("Shift+F6")
    await keys.press("Shift+F6")
    await press_on(dora, page.locator("#conversations a"))
    await dora.expect_room(people.bruno.name)
    await keys.press("Shift+F6")
    await keys.press("Shift+F6")
    await press_on(dora, page.get_by_role("button", name="Sign out"))
    await expect(page.locator("[name=username]")).to_be_focused()


async def test_shortcuts_change_rooms(open_tab, people, box):
    ana = await open_tab("ana", people.ana)
    await ana.visit()
    main, chess = await ana.page.locator("#heading").inner_text(), unique("Zz chess")
    await ana.send_message(f"#cR {chess}")
    await ana.expect_room(chess)
    names = await ana.page.locator("#rooms li .name").all_inner_texts()
    above = names[names.index(chess) - 1]

    await box(ana).press("Alt+ArrowUp")
    await ana.expect_room(above)
    await expect(box(ana)).to_be_focused()
    await ana.page.keyboard.press("Alt+ArrowDown")
    await ana.expect_room(chess)
    assert names[0] == main


async def test_shortcut_opens_next_unread_room(open_tab, people):
    ana, bruno = await open_tab("ana", people.ana), await open_tab("bruno", people.bruno, server=-1)
    await ana.visit()
    await bruno.visit()
    await ana.send_message(f"#\\private<{people.bruno.name}> between us")
    await expect(bruno.page.locator("#conversations li")).to_have_attribute("data-unread", "1")
    await bruno.page.keyboard.press("Alt+Shift+ArrowDown")
    await bruno.expect_room(people.ana.name)


async def test_shortcut_dialog_returns_focus(open_tab, people, box):
    ana = await open_tab("ana", people.ana)
    await ana.visit()
    sheet = ana.page.locator("#keys")
    await box(ana).press("?")
    await expect(box(ana)).to_have_value("?")
    await expect(sheet).to_be_hidden()
    await box(ana).press("Control+/")
    await expect(sheet).to_be_visible()
    await ana.page.keyboard.press("Escape")
    await expect(box(ana)).to_be_focused()

    await ana.page.locator("#timeline").focus()
    await ana.page.keyboard.press("?")
    await expect(sheet).to_be_visible()
    await ana.page.locator("#question-key").uncheck()
    await ana.page.keyboard.press("Escape")
    await expect(ana.page.locator("#timeline")).to_be_focused()
    await ana.page.keyboard.press("?")
    await expect(sheet).to_be_hidden()
    await ana.page.keyboard.press("Escape")
    await expect(box(ana)).to_be_focused()


async def test_f6_cycles_through_regions(open_tab, people, box):
    ana = await open_tab("ana", people.ana)
    await ana.visit()
    await box(ana).focus()
    await ana.page.keyboard.press("Shift+F6")
    await expect(ana.page.locator("#timeline")).to_be_focused()
    await ana.page.keyboard.press("Shift+F6")
    await expect(ana.page.locator("#rooms [aria-current]")).to_be_focused()
    for _ in range(2):
        await ana.page.keyboard.press("F6")
    await expect(box(ana)).to_be_focused()


async def test_focus_moves_on_when_its_element_is_removed(open_tab, people, box):
    ana = await open_tab("ana", people.ana)
    await ana.visit()
    await ana.send_message("#exit")
    await ana.expect_state("stopped")
    await ana.page.locator("#reconnect").focus()
    await ana.page.keyboard.press("Enter")
    await ana.ready()
    await expect(box(ana)).to_be_focused()


async def test_popover_shows_time_latency_and_transport(open_tab, people):
    ana = await open_tab("ana", people.ana)
    await ana.page.add_init_script("const now = Date.now; Date.now = () => now() - 90_000")
    await ana.visit()
    await ana.page.get_by_role("button", name="Time and line").click()
    gauges = {name: ana.page.locator(f'[data-gauge="{name}"]') for name in ("time", "latency", "transport")}
    await expect(gauges["transport"]).to_have_text("WebSocket")

    await ana.page.wait_for_function(
        """() => {
            const shown = document.querySelector("[data-gauge=offset]").textContent;
            const [, seconds] = /^\\+(\\d+),\\d{3} /.exec(shown) ?? [];
            return Math.abs(seconds - 90) < 3;
        }"""
    )
    await expect(gauges["latency"]).to_contain_text("the mean of")
    first = await gauges["time"].inner_text()
    await expect(gauges["time"]).not_to_have_text(first)
    position = await ana.page.locator('[data-gauge="synced"]').inner_text()
    assert await ana.page.locator("#heading").inner_text() in position
    await ana.page.keyboard.press("Escape")
    await expect(ana.page.locator("#gauge")).to_be_hidden()
