"""Reading a room: its days and speakers, what is new, what was before, and a link to a single message."""

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


async def in_talk(tab, path):
    """Open a page of the chat and wait for its lines."""
    await tab.visit(path)
    await expect(tab.page.locator("#said [data-seq]").first).to_be_attached()


async def test_older_messages_come_in_without_moving_what_is_read(open_tab, people, long_room):
    ana = await open_tab("ana", people.ana)
    await in_talk(ana, f"/rooms/{long_room}/")
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


async def test_a_long_room_stays_small_on_the_page(open_tab, people, long_room):
    ana = await open_tab("ana", people.ana)
    await in_talk(ana, f"/rooms/{long_room}/")

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


async def test_a_link_to_a_message_opens_around_it(open_tab, people, long_room):
    ana = await open_tab("ana", people.ana)
    await in_talk(ana, f"/rooms/{long_room}/#100")
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


async def test_what_is_said_meanwhile_does_not_move_who_reads_above(open_tab, people, long_room):
    ana, bruno = await open_tab("ana", people.ana), await open_tab("bruno", people.bruno, server=-1)
    await in_talk(ana, f"/rooms/{long_room}/")
    await in_talk(bruno, f"/rooms/{long_room}/")
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


async def test_days_and_speakers_part_the_lines(open_tab, people, old_room):
    ana = await open_tab("ana", people.ana)
    await in_talk(ana, f"/rooms/{old_room}/")
    days = [day.lower() for day in await ana.page.locator("#said .day").all_inner_texts()]
    assert 2 <= len(days) <= 3
    assert days[-2:] == ["yesterday", "today"]

    await ana.send_message("a first line")
    await ana.send_message("a second line")
    await ana.expect_message("a second line", author=people.ana.name)
    assert await line(ana, 6).get_attribute("data-follows") == "true"
    assert await line(ana, 5).get_attribute("data-own") == "true"


async def away(tab):
    """Into the default room, and no more in the one on show."""
    default = tab.page.locator("#rooms a").first
    await default.click()
    await expect(default).to_have_attribute("aria-current", "page")


async def test_a_line_parts_what_is_new_since_one_left(open_tab, people, long_room):
    ana, bruno = await open_tab("ana", people.ana), await open_tab("bruno", people.bruno, server=-1)
    await in_talk(ana, f"/rooms/{long_room}/")
    await in_talk(bruno, f"/rooms/{long_room}/")
    await away(ana)
    await bruno.send_message("did you see that?")
    await bruno.expect_message("did you see that?", author=people.bruno.name)

    await ana.page.locator(f'#rooms [data-room="{long_room}"]').click()
    await ana.expect_message("did you see that?", author=people.bruno.name)
    await expect(ana.page.locator(".fresh + .line")).to_have_attribute("data-seq", "701")


async def test_the_line_is_drawn_too_when_a_notice_comes_before_what_was_missed(open_tab, people, join, long_room):
    ana, bruno = await join(people.ana, room=long_room), await open_tab("bruno", people.bruno)
    held = await DelayedFrames.on(bruno.page)
    await in_talk(bruno, f"/rooms/{long_room}/")
    await away(bruno)
    assert (await ana.send_message("did you see that?"))["type"] == "ack"

    held.hold("events", alone=True)
    await bruno.page.locator(f'#rooms [data-room="{long_room}"]').click()
    await expect(line(bruno, 700)).to_be_visible()
    assert (await ana.ask("slow", room=long_room, seconds=5))["type"] == "reply"
    await expect(bruno.page.locator('#said [data-code="slow_mode"]')).to_be_visible()
    held.release()
    await expect(bruno.page.locator(".fresh + .line")).to_have_attribute("data-seq", "701")


async def test_no_room_seems_to_begin_before_its_log_has_come(open_tab, people, long_room):
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


async def test_who_comes_and_goes_is_gathered_in_one_line(open_tab, people, join, old_room):
    ana = await open_tab("ana", people.ana)
    await in_talk(ana, f"/rooms/{old_room}/")
    await join(people.bruno, room=old_room)
    line = ana.page.locator('#said [data-code="joined"]')
    await expect(line).to_have_text(f"{people.bruno.name} joined")
    await join(people.carla, room=old_room)
    await expect(line).to_have_text(f"{people.bruno.name} and {people.carla.name} joined")
    assert await line.count() == 1


async def test_a_conversation_comes_again_after_a_reload_and_the_room_with_it(open_tab, people):
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


async def test_the_language_changes_where_one_is(open_tab, people):
    ana = await open_tab("ana", people.ana)
    await ana.visit()
    chess = unique("Chess")
    await ana.send_message(f"#cR {chess}")
    await ana.expect_room(chess)
    here = ana.page.url
    await ana.page.locator("#side [name=language][value=es]").click()
    await expect(ana.page.locator("html")).to_have_attribute("lang", "es")
    assert ana.page.url == here


async def test_the_light_changes_at_once_and_stays(open_tab, people):
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
