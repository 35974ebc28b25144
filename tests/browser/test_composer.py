"""The composer: completion, drafts, editing, limits."""

import pytest
from playwright.async_api import expect

from tests.people import unique

pytestmark = pytest.mark.footing("embedded")

LIMIT = 8_000


@pytest.fixture
def box():
    """Function that locates the composer of a tab."""
    return lambda tab: tab.page.locator("#text")


def options(tab):
    return tab.page.locator("#suggestions [role=option]")


async def test_command_completion_shows_help_and_rooms(open_tab, people, box):
    ana = await open_tab("ana", people.ana)
    await ana.visit()
    chess = unique("Chess")
    await ana.send_message(f"#cR {chess}")
    await ana.expect_room(chess)
    await ana.send_message("#eR")
    await ana.expect_room("Main")  # a draft written earlier would belong to the other room

    await box(ana).press_sequentially("#g")
    await expect(options(ana)).to_have_text("#gR <room> go to a room", use_inner_text=True)
    await ana.page.keyboard.press("Tab")
    await expect(box(ana)).to_have_value("#gR ")
    await box(ana).press_sequentially("chess")
    await expect(options(ana).filter(has_text=chess)).to_have_count(1)
    await box(ana).press_sequentially(chess[5:])
    await ana.page.keyboard.press("ArrowDown")
    chosen = await box(ana).get_attribute("aria-activedescendant")
    await expect(ana.page.locator(f"#{chosen}")).to_have_attribute("aria-selected", "true")
    await ana.page.keyboard.press("Enter")
    await expect(box(ana)).to_have_value(f"#gR <{chess}>")
    await expect(ana.page.get_by_role("listbox")).to_be_hidden()
    await ana.page.keyboard.press("Enter")
    await ana.expect_room(chess)


async def test_names_are_completed_and_mentions_highlighted(open_tab, people, box):
    ana, bruno = await open_tab("ana", people.ana), await open_tab("bruno", people.bruno, server=-1)
    await ana.visit()
    await bruno.visit()
    await expect(ana.page.locator("#names", has_text=people.bruno.name)).to_be_attached()

    await box(ana).press_sequentially(f"look @{people.bruno.name[:-2]}")
    await ana.page.keyboard.press("Escape")
    await expect(options(ana)).to_have_count(0)
    await box(ana).press_sequentially(people.bruno.name[-2:-1])
    await options(ana).first.click()
    await expect(box(ana)).to_have_value(f"look @{people.bruno.name} ")
    await expect(box(ana)).to_be_focused()
    await ana.page.keyboard.press("Enter")

    line = bruno.page.locator("#said [data-mentions-me=true]")
    await expect(line.locator(".mention[data-me]")).to_have_text(f"@{people.bruno.name}")
    await ana.expect_message(f"look @{people.bruno.name}", author=people.ana.name)
    await expect(ana.page.locator("#said [data-mentions-me=true]")).to_have_count(0)


async def test_enter_sends_the_typed_text_without_completion(open_tab, people, box):
    ana = await open_tab("ana", people.ana)
    await ana.visit()
    await box(ana).press_sequentially("#l")
    await expect(options(ana)).to_have_count(1)
    await ana.page.keyboard.press("Enter")
    await ana.reply_text("unknown_command")


async def test_arrow_up_edits_last_own_message_and_escape_cancels(open_tab, people, box):
    ana, bruno = await open_tab("ana", people.ana), await open_tab("bruno", people.bruno, server=-1)
    await ana.visit()
    await bruno.visit()
    await ana.send_message("*frist*")
    await ana.expect_message("frist", author=people.ana.name)

    await box(ana).press("ArrowUp")
    await expect(box(ana)).to_have_value("*frist*")
    await expect(ana.page.locator("#editing")).to_be_visible()
    await ana.page.keyboard.press("Escape")
    await expect(box(ana)).to_have_value("")
    await expect(ana.page.locator("#editing")).to_be_hidden()

    await box(ana).press("ArrowUp")
    await box(ana).fill("*first*")
    await ana.page.keyboard.press("Enter")
    await bruno.expect_message("first", author=people.ana.name)
    await expect(bruno.page.locator("#said .text em", has_text="first")).to_have_count(1)
    await expect(box(ana)).to_have_value("")


async def test_draft_of_each_room_survives_reload(open_tab, people, box):
    ana = await open_tab("ana", people.ana)
    await ana.visit()
    main, chess = await ana.page.locator("#heading").inner_text(), unique("Chess")
    await ana.send_message(f"#cR {chess}")
    await ana.expect_room(chess)
    await box(ana).fill("about chess")
    await ana.room(main).locator("a").click()
    await ana.expect_room(main)
    await expect(box(ana)).to_have_value("")
    await box(ana).fill("two\nlines")

    await ana.reload()
    await expect(box(ana)).to_have_value("two\nlines")
    await ana.room(chess).locator("a").click()
    await expect(box(ana)).to_have_value("about chess")
    await ana.page.keyboard.press("Enter")
    await ana.expect_message("about chess", author=people.ana.name)
    await ana.reload()
    await expect(box(ana)).to_have_value("")


async def test_text_above_limit_is_counted_and_not_sent(open_tab, people, box):
    ana = await open_tab("ana", people.ana)
    await ana.visit()
    left = ana.page.locator("#text-left")
    await box(ana).fill("🎲" * (LIMIT - 1000))
    await expect(left).to_have_text("")
    await box(ana).fill("🎲" * (LIMIT - 10))
    await expect(left).to_contain_text("10 ")
    await box(ana).fill("🎲" * (LIMIT + 3))
    await expect(left).to_have_text("")
    await expect(ana.page.locator("#text-hint")).to_contain_text("3 ")
    await ana.page.keyboard.press("Enter")
    assert len(await box(ana).input_value()) == LIMIT + 3
    assert await ana.page.locator("#waiting > *").count() == 0


async def test_composer_grows_and_shift_enter_inserts_line_break(open_tab, people, box):
    ana = await open_tab("ana", people.ana)
    await ana.visit()
    before = await box(ana).bounding_box()
    await box(ana).press_sequentially("one")
    for word in ("two", "three", "four"):
        await ana.page.keyboard.press("Shift+Enter")
        await box(ana).press_sequentially(word)
    await expect(box(ana)).to_have_value("one\ntwo\nthree\nfour")
    assert (await box(ana).bounding_box())["height"] > before["height"] * 1.8


async def test_enter_during_input_composition_sends_nothing(open_tab, people, box):
    ana = await open_tab("ana", people.ana)
    await ana.visit()
    await box(ana).fill("にほん")
    for event in ({"isComposing": True}, {"keyCode": 229}):
        await box(ana).dispatch_event("keydown", {"key": "Enter", "bubbles": True, "cancelable": True, **event})
        await expect(box(ana)).to_have_value("にほん")
    await box(ana).press("Enter")
    await ana.expect_message("にほん", author=people.ana.name)
