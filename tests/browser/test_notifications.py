"""The unread count in the title, notifications and sound, for users who look at another tab."""

import re

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.people import unique

pytestmark = [pytest.mark.footing("embedded"), pytest.mark.whole_browser, pytest.mark.service_worker("bruno")]

# The visible notifications, once there are `count` of them or after ten seconds.
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
    """A tab of bruno in the background, with permission to notify."""
    tab = await open_tab("bruno", people.bruno, server=-1)
    await tab.page.context.grant_permissions(["notifications"])
    await tab.visit()
    await tab.page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    await tab.page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    return tab


async def switch_tab(tab):
    session = await tab.page.context.new_cdp_session(tab.page)
    await session.send("Emulation.setFocusEmulationEnabled", {"enabled": False})
    other = await tab.page.context.new_page()
    await other.bring_to_front()


async def shown(tab, count):
    """Wait for `count` notifications and return them."""
    return await tab.page.evaluate(SHOWN, count)


async def notified_before(tab, ana, people):
    """Return the notifications of bruno before that of a new private message."""
    await ana.send_message(f"#\\private<{people.bruno.name}> and that is all")
    for count in (1, 2):
        notes = await shown(tab, count)
        if f"{people.ana.name}: and that is all" in notes:
            break
    return [note for note in notes if "and that is all" not in note]


async def test_title_has_the_unread_count(open_tab, bruno, people):
    ana = await open_tab("ana", people.ana)
    await ana.visit()
    for text in ("one", "two"):
        await ana.send_message(f"#\\private<{people.bruno.name}> {text}")
    await expect(bruno.page).to_have_title(re.compile(r"^\(2\) "))
    await bruno.page.locator("#conversations li a").click()
    await expect(bruno.page).to_have_title(re.compile(rf"^{people.ana.name}"))


async def test_only_private_messages_and_mentions_are_notified(open_tab, bruno, people):
    ana = await open_tab("ana", people.ana)
    await ana.visit()
    await switch_tab(bruno)
    await ana.send_message("just talk")
    await ana.send_message(f"for you, @{people.bruno.name}")
    await ana.send_message(f"#\\private<{people.bruno.name}> between *us*")
    room = await ana.page.locator("#heading").inner_text()
    notes = await shown(bruno, 2)
    assert sorted(notes) == sorted(
        [f"{people.ana.name} in {room}: for you, @{people.bruno.name}", f"{people.ana.name}: between *us*"]
    )


async def test_visible_messages_are_not_notified(open_tab, bruno, people):
    ana = await open_tab("ana", people.ana)
    await ana.visit()
    await ana.send_message(f"for you, @{people.bruno.name}")
    await bruno.expect_message("for you", author=people.ana.name)
    await switch_tab(bruno)
    assert await notified_before(bruno, ana, people) == []


@pytest.mark.parametrize(("level", "count"), [("all", 1), ("nothing", 0)])
async def test_notification_level_of_a_room(open_tab, bruno, people, level, count):
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
    await switch_tab(bruno)
    text = "just talk" if count else f"for you, @{people.bruno.name}"
    await ana.send_message(text)
    await bruno.expect_message(text, author=people.ana.name)
    assert len(await notified_before(bruno, ana, people)) == count


async def test_sound_is_off_by_default(bruno):
    await bruno.page.get_by_role("button", name="Notifications").click()
    sound = bruno.page.locator("#notices-sound")
    await expect(sound).not_to_be_checked()
    await sound.check()
    await bruno.page.keyboard.press("Escape")
    await bruno.reload()
    await expect(sound).to_be_checked()
