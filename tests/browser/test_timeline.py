"""The timeline: history, separators of days and authors, the unread line, links to messages."""

import pytest
from playwright.async_api import expect

from tests.people import unique

from .delayed_frames import DelayedFrames
from .rooms import room_with

pytestmark = pytest.mark.footing("embedded")

SEQS = 'Array.from(document.querySelectorAll("#said [data-seq]"), (line) => Number(line.dataset.seq))'
HALF_A_DAY_MINUTES = 12 * 60


@pytest.fixture
def long_room(people):
    return room_with(700, people.ana, people.bruno)


@pytest.fixture
def old_room(people):
    return room_with(4, people.ana, minutes_apart=HALF_A_DAY_MINUTES)


def line(tab, seq):
    return tab.page.locator(f'#said [data-seq="{seq}"]')


async def open_room(tab, path):
    """Open a page of the chat and wait for its messages."""
    await tab.visit(path)
    await expect(tab.page.locator("#said [data-seq]").first).to_be_attached()


async def test_loading_history_keeps_the_scroll_position(open_tab, people, long_room):
    ana = await open_tab("ana", people.ana)
    await open_room(ana, f"/rooms/{long_room}/")
    assert await ana.page.evaluate(SEQS) == list(range(651, 701))

    read = """() => {
        const timeline = document.getElementById("timeline");
        timeline.scrollTop = 200;
        const top = timeline.getBoundingClientRect().top;
        const lines = [...document.querySelectorAll("#said [data-seq]")];
        window.read = lines.find((line) => line.getBoundingClientRect().bottom > top);
        window.readAt = window.read.getBoundingClientRect().top;
    }"""
    await ana.page.evaluate(read)
    await expect(line(ana, 601)).to_be_attached()
    moved = await ana.page.evaluate("window.read.getBoundingClientRect().top - window.readAt")
    assert abs(moved) <= 1
    assert await ana.page.evaluate(SEQS) == list(range(601, 701))


async def test_long_room_keeps_few_elements(open_tab, people, long_room):
    ana = await open_tab("ana", people.ana)
    await open_room(ana, f"/rooms/{long_room}/")

    first, most = 651, 0
    while first > 1:
        await ana.page.evaluate("document.getElementById('timeline').scrollTop = 0")
        await expect(line(ana, first - 1)).to_be_attached()
        seqs = await ana.page.evaluate(SEQS)
        assert seqs == list(range(seqs[0], seqs[-1] + 1))
        first, most = seqs[0], max(most, len(seqs))
    assert 300 <= most <= 350

    await ana.page.locator("#jump").click()
    await expect(line(ana, 700)).to_be_in_viewport()
    await ana.send_message("still here")
    await ana.expect_message("still here", author=people.ana.name)


async def test_link_opens_the_page_around_its_message(open_tab, people, long_room):
    ana = await open_tab("ana", people.ana)
    await open_room(ana, f"/rooms/{long_room}/#100")
    await expect(line(ana, 100)).to_be_in_viewport()
    await expect(line(ana, 100)).to_have_attribute("data-found", "true")
    await expect(line(ana, 100)).to_be_focused()
    assert (await ana.page.evaluate(SEQS))[-1] < 300

    await ana.page.evaluate("document.getElementById('timeline').scrollBy(0, 1e6)")
    await expect(line(ana, 170)).to_be_attached()
    await ana.page.locator("#jump").click()
    await expect(line(ana, 700)).to_be_in_viewport()
    await ana.page.evaluate("location.hash = '#690'")
    await expect(line(ana, 690)).to_be_focused()


async def test_new_messages_keep_the_scroll_position(open_tab, people, long_room):
    ana, bruno = await open_tab("ana", people.ana), await open_tab("bruno", people.bruno, server=-1)
    await open_room(ana, f"/rooms/{long_room}/")
    await open_room(bruno, f"/rooms/{long_room}/")
    await ana.page.evaluate("document.getElementById('timeline').scrollBy(0, -300)")
    jump = ana.page.locator("#jump")
    await expect(jump).to_be_visible()
    top = await ana.page.evaluate("document.getElementById('timeline').scrollTop")

    await bruno.send_message("one more")
    await expect(jump).to_have_text("1 new message")
    await bruno.send_message("and another")
    await expect(jump).to_have_text("2 new messages")
    assert await ana.page.evaluate("document.getElementById('timeline').scrollTop") == top
    await jump.click()
    await expect(jump).to_be_hidden()
    await expect(ana.page.get_by_text("and another")).to_be_in_viewport()


async def test_days_and_authors_are_separated(open_tab, people, old_room):
    ana = await open_tab("ana", people.ana)
    await open_room(ana, f"/rooms/{old_room}/")
    days = [day.lower() for day in await ana.page.locator("#said .day").all_inner_texts()]
    assert 2 <= len(days) <= 3
    assert days[-2:] == ["yesterday", "today"]

    await ana.send_message("a first line")
    await ana.send_message("a second line")
    await ana.expect_message("a second line", author=people.ana.name)
    assert await line(ana, 6).get_attribute("data-follows") == "true"
    assert await line(ana, 5).get_attribute("data-own") == "true"


async def leave_room(tab):
    """Move to the default room."""
    default = tab.page.locator("#rooms a").first
    await default.click()
    await expect(default).to_have_attribute("aria-current", "page")


async def test_unread_line_is_above_new_messages(open_tab, people, long_room):
    ana, bruno = await open_tab("ana", people.ana), await open_tab("bruno", people.bruno, server=-1)
    await open_room(ana, f"/rooms/{long_room}/")
    await open_room(bruno, f"/rooms/{long_room}/")
    await leave_room(ana)
    await bruno.send_message("did you see that?")
    await bruno.expect_message("did you see that?", author=people.bruno.name)

    await ana.page.locator(f'#rooms [data-room="{long_room}"]').click()
    await ana.expect_message("did you see that?", author=people.bruno.name)
    await expect(ana.page.locator(".fresh + .line")).to_have_attribute("data-seq", "701")


async def test_notice_before_missed_messages_does_not_hide_the_unread_line(open_tab, people, join, long_room):
    ana, bruno = await join(people.ana, room=long_room), await open_tab("bruno", people.bruno)
    held = await DelayedFrames.on(bruno.page)
    await open_room(bruno, f"/rooms/{long_room}/")
    await leave_room(bruno)
    assert (await ana.send_message("did you see that?"))["type"] == "ack"

    held.hold("events", alone=True)
    await bruno.page.locator(f'#rooms [data-room="{long_room}"]').click()
    await expect(line(bruno, 700)).to_be_visible()
    assert (await ana.ask("slow", room=long_room, seconds=5))["type"] == "reply"
    await expect(bruno.page.locator('#said [data-code="slow_mode"]')).to_be_visible()
    held.release()
    await expect(bruno.page.locator(".fresh + .line")).to_have_attribute("data-seq", "701")


async def test_start_of_room_is_hidden_until_its_log_is_loaded(open_tab, people, long_room):
    ana = await open_tab("ana", people.ana)
    held = await DelayedFrames.on(ana.page)
    held.hold("events")
    await ana.visit(f"/rooms/{long_room}/")
    await expect(ana.page.locator("#start")).to_be_hidden()
    held.release()
    await expect(line(ana, 700)).to_be_visible()
    await expect(ana.page.locator("#start")).to_be_hidden()
    chess = unique("Chess")
    await ana.send_message(f"#cR {chess}")
    await ana.expect_room(chess)
    await expect(ana.page.locator("#first-steps")).to_be_visible()


async def test_joins_and_leaves_share_one_line(open_tab, people, join, old_room):
    ana = await open_tab("ana", people.ana)
    await open_room(ana, f"/rooms/{old_room}/")
    await join(people.bruno, room=old_room)
    line = ana.page.locator('#said [data-code="joined"]')
    await expect(line).to_have_text(f"{people.bruno.name} joined")
    await join(people.carla, room=old_room)
    await expect(line).to_have_text(f"{people.bruno.name} and {people.carla.name} joined")
    assert await line.count() == 1


async def test_reload_opens_the_conversation_again(open_tab, people):
    ana = await open_tab("ana", people.ana)
    await ana.visit()
    chess = unique("Chess")
    await ana.send_message(f"#cR {chess}")
    await ana.expect_room(chess)
    await ana.send_message(f"#private {people.bruno.name} hello")
    await ana.page.locator("#conversations a").click()
    await ana.expect_room(people.bruno.name)
    await ana.page.reload()
    await ana.expect_room(people.bruno.name)
    await ana.send_message(f"#gR {chess}")
    await ana.reply_text("already_here")


async def test_language_switch_stays_in_the_room(open_tab, people):
    ana = await open_tab("ana", people.ana)
    await ana.visit()
    chess = unique("Chess")
    await ana.send_message(f"#cR {chess}")
    await ana.expect_room(chess)
    here = ana.page.url
    await ana.page.locator("#side [name=language][value=es]").click()
    await expect(ana.page.locator("html")).to_have_attribute("lang", "es")
    assert ana.page.url == here


async def test_theme_changes_at_once_and_is_kept(open_tab, people):
    ana = await open_tab("ana", people.ana)
    await ana.visit()
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    light = await ana.page.evaluate(ground)
    async with ana.page.expect_response("**/accounts/theme/"):
        await ana.page.locator("#theme [value=dark]").click()
    dark = await ana.page.evaluate(ground)
    assert dark != light
    await ana.reload()
    assert await ana.page.evaluate(ground) == dark
