"""What reaches somebody who is elsewhere: the count in the title, and notifications as far as they want them."""

import re

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.people import unique

pytestmark = [pytest.mark.footing("embedded"), pytest.mark.whole_browser, pytest.mark.service_worker("bruno")]

# What is on show, once there is so much of it or ten seconds have gone.
SHOWN = """async (count) => {
    const worker = await navigator.serviceWorker.ready;
    const end = performance.now() + 10_000;
    for (;;) {
        const notes = (await worker.getNotifications()).map(({ title, body }) => `${title}: ${body}`);
        if (notes.length >= count || performance.now() > end) return notes;
        await new Promise((soon) => setTimeout(soon, 50));
    }
}"""


@pytest_asyncio.fixture(loop_scope="session")
async def bruno(open_tab, people):
    """Bruno's tab; he lets it notify him, and then looks at another."""
    tab = await open_tab("bruno", people.bruno, server=-1)
    await tab.page.context.grant_permissions(["notifications"])
    await tab.visit()
    await tab.page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    await tab.page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    return tab


async def look_elsewhere(tab):
    session = await tab.page.context.new_cdp_session(tab.page)
    await session.send("Emulation.setFocusEmulationEnabled", {"enabled": False})
    other = await tab.page.context.new_page()
    await other.bring_to_front()


async def shown(tab, count):
    """The notifications on show, once there are so many."""
    return await tab.page.evaluate(SHOWN, count)


async def told_before(tab, ana, people):
    """What bruno was notified of before something that he surely is notified of."""
    await ana.send_message(f"#\\private<{people.bruno.name}> and that is all")
    for count in (1, 2):
        notes = await shown(tab, count)
        if f"{people.ana.name}: and that is all" in notes:
            break
    return [note for note in notes if "and that is all" not in note]


async def test_the_title_counts_what_is_unread(open_tab, bruno, people):
    ana = await open_tab("ana", people.ana)
    await ana.visit()
    for text in ("one", "two"):
        await ana.send_message(f"#\\private<{people.bruno.name}> {text}")
    await expect(bruno.page).to_have_title(re.compile(r"^\(2\) "))
    await bruno.page.locator("#conversations li a").click()
    await expect(bruno.page).to_have_title(re.compile(rf"^{people.ana.name}"))


async def test_private_messages_and_mentions_are_notified_and_other_talk_is_not(open_tab, bruno, people):
    ana = await open_tab("ana", people.ana)
    await ana.visit()
    await look_elsewhere(bruno)
    await ana.send_message("just talk")
    await ana.send_message(f"for you, @{people.bruno.name}")
    await ana.send_message(f"#\\private<{people.bruno.name}> between *us*")
    room = await ana.page.locator("#heading").inner_text()
    notes = await shown(bruno, 2)
    assert sorted(notes) == sorted(
        [f"{people.ana.name} in {room}: for you, @{people.bruno.name}", f"{people.ana.name}: between *us*"]
    )


async def test_nobody_is_notified_of_what_they_look_at(open_tab, bruno, people):
    ana = await open_tab("ana", people.ana)
    await ana.visit()
    await ana.send_message(f"for you, @{people.bruno.name}")
    await bruno.expect_message("for you", author=people.ana.name)
    await look_elsewhere(bruno)
    assert await told_before(bruno, ana, people) == []


@pytest.mark.parametrize(("level", "count"), [("all", 1), ("nothing", 0)])
async def test_each_room_tells_as_much_as_one_has_chosen(open_tab, bruno, people, level, count):
    ana = await open_tab("ana", people.ana)
    await ana.visit()
    chess = unique("Chess")
    await ana.send_message(f"#cR {chess}")
    await ana.expect_room(chess)
    await bruno.send_message(f"#gR {chess}")
    await bruno.expect_room(chess)
    await bruno.page.get_by_role("button", name="Notifications").click()
    await expect(bruno.page.locator("[name=level][value=mentions]")).to_be_checked()
    async with bruno.page.expect_response("**/level/") as answer:
        await bruno.page.locator(f"[name=level][value={level}]").check()
    assert (await answer.value).status == 204
    await bruno.page.keyboard.press("Escape")

    await bruno.reload()
    await bruno.expect_room(chess)
    await bruno.page.get_by_role("button", name="Notifications").click()
    await expect(bruno.page.locator(f"[name=level][value={level}]")).to_be_checked()
    await bruno.page.keyboard.press("Escape")
    await look_elsewhere(bruno)
    text = "just talk" if count else f"for you, @{people.bruno.name}"
    await ana.send_message(text)
    await bruno.expect_message(text, author=people.ana.name)
    assert len(await told_before(bruno, ana, people)) == count


async def test_sound_is_off_until_it_is_wanted(bruno):
    await bruno.page.get_by_role("button", name="Notifications").click()
    sound = bruno.page.locator("#notices-sound")
    await expect(sound).not_to_be_checked()
    await sound.check()
    await bruno.page.keyboard.press("Escape")
    await bruno.reload()
    await expect(sound).to_be_checked()
