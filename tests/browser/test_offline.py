"""Offline use: messages are queued and sent in order, recent rooms are readable, and sign-out clears both."""

from types import SimpleNamespace

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.faults.proxy import Proxy
from tests.people import unique

from .tab import Tab

pytestmark = [pytest.mark.footing("embedded"), pytest.mark.service_worker("ana")]

LINES = [f"line {number}" for number in range(1, 6)]
KEPT = """async () => {
    while (!(await caches.match("/rooms/", { cacheName: "shell" }))) await new Promise((soon) => setTimeout(soon, 50));
}"""
LEFT_BEHIND = "Object.keys(localStorage).filter((key) => key.startsWith('tertulia:'))"


@pytest_asyncio.fixture(loop_scope="session")
async def line(site):
    """A proxy of the first server, to break and restore: `line.switch("reset")`, `line.switch("ok")`."""
    proxy = Proxy(site[0].port)
    await proxy.start()
    yield proxy
    await proxy.close()


@pytest_asyncio.fixture(loop_scope="session")
async def ana(open_tab, people, line):
    """A tab of ana behind the proxy, controlled by its service worker."""
    tab = await open_tab("ana", people.ana, server=SimpleNamespace(url=f"http://127.0.0.1:{line.port}"))
    tab.expect_complaints("net::ERR", "WebSocket connection", "Failed to load resource")
    await tab.visit()
    await kept(tab)
    return tab


async def kept(tab):
    """Wait until the service worker has cached all files for offline use."""
    await tab.page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    await tab.page.evaluate(KEPT)


def waiting(tab):
    return tab.page.locator("#waiting .text")


async def test_offline_messages_survive_a_reload_and_are_sent_in_order(ana, open_tab, people, line):
    bruno = await open_tab("bruno", people.bruno, server=-1)
    await bruno.visit()
    line.switch("reset")
    await ana.expect_state("offline")
    for text in LINES:
        await ana.send_message(text)
    await expect(waiting(ana)).to_have_text(LINES)

    await ana.page.reload()
    await ana.expect_state("offline")
    await expect(waiting(ana)).to_have_text(LINES)
    assert await bruno.stored_texts(people.ana.name) == []

    line.switch("ok")
    await ana.expect_state("open")
    await bruno.expect_message(LINES[-1], author=people.ana.name)
    await ana.expect_message(LINES[-1], author=people.ana.name)
    await expect(waiting(ana)).to_have_count(0)
    assert await bruno.stored_texts(people.ana.name) == await ana.stored_texts(people.ana.name) == LINES


async def test_recent_rooms_are_readable_offline(ana, people, line):
    main, chess = await ana.page.locator("#heading").inner_text(), unique("Chess")
    await ana.send_message("*said* in main")
    await ana.expect_message("said in main", author=people.ana.name)
    await ana.send_message(f"#cR {chess}")
    await ana.expect_room(chess)
    await ana.send_message("about chess")
    await ana.expect_message("about chess", author=people.ana.name)

    line.switch("reset")
    await ana.page.reload()
    await ana.expect_state("offline")
    await ana.expect_room(chess)
    await ana.expect_message("about chess", author=people.ana.name)
    await ana.room(main).locator("a").click()
    await ana.expect_room(main)
    await ana.expect_message("said in main", author=people.ana.name)
    await expect(ana.page.locator("#said em", has_text="said")).to_be_visible()
    await ana.send_message("written meanwhile")

    line.switch("ok")
    await ana.ready()
    await ana.expect_room(main)
    await ana.expect_message("written meanwhile", author=people.ana.name)
    await ana.expect_message("said in main", author=people.ana.name)


async def test_unsent_messages_of_closed_tab_move_to_another_tab(ana, people, line):
    other = Tab("ana2", await ana.page.context.new_page())
    other.expect_complaints("net::ERR", "WebSocket connection", "Failed to load resource")
    await other.visit()
    line.switch("reset")
    for tab in (ana, other):
        await tab.expect_state("offline")
    await other.send_message("from the other tab")
    await ana.send_message("from this tab")
    await other.page.close()
    await expect(waiting(ana)).to_have_text(["from the other tab", "from this tab"])

    line.switch("ok")
    await ana.expect_state("open")
    await ana.expect_message("from this tab", author=people.ana.name)
    await expect(waiting(ana)).to_have_count(0)
    await ana.reload()
    assert await ana.expect_messages_of(people.ana.name, 2) == ["from the other tab", "from this tab"]
    assert not other.complaints


async def test_two_reconnecting_tabs_send_each_message_once(ana, people, line):
    other = Tab("ana2", await ana.page.context.new_page())
    other.expect_complaints("net::ERR", "WebSocket connection", "Failed to load resource")
    await other.visit()
    line.switch("reset")
    for tab in (ana, other):
        await tab.expect_state("offline")
        await tab.send_message(f"from {tab.label}")
    await ana.page.reload()
    await other.page.reload()
    for tab in (ana, other):
        await tab.expect_state("offline")
    line.switch("ok")
    for tab in (ana, other):
        await tab.expect_state("open")
        await expect(waiting(tab)).to_have_count(0)
        await tab.expect_message("from ana2", author=people.ana.name)
        assert sorted(await tab.stored_texts(people.ana.name)) == ["from ana", "from ana2"]
    assert not other.complaints


async def test_sign_out_clears_the_browser(ana, people, line):
    await ana.send_message("#help")
    await ana.reply_text("help")
    await ana.page.locator("#text").fill("begun and not sent")
    assert await ana.page.evaluate(LEFT_BEHIND)

    await ana.page.get_by_role("button", name="Sign out").click()
    await expect(ana.page.locator("[name=username]")).to_be_visible()
    assert await ana.page.evaluate(LEFT_BEHIND) == []
    assert not await ana.page.evaluate("caches.match('/rooms/', { cacheName: 'shell' })")


async def test_session_ended_elsewhere_keeps_only_unsent_messages(ana, people, line):
    await ana.send_message("read by me")
    await ana.expect_message("read by me", author=people.ana.name)
    await ana.page.locator("#text").fill("begun and not sent")
    await ana.page.wait_for_function(
        "() => Object.keys(localStorage).some((key) => key.startsWith('tertulia:memory:'))"
    )
    cookie = {"name": "session", "value": "gone", "url": f"http://127.0.0.1:{line.port}"}
    await ana.page.context.add_cookies([cookie])
    line.switch("reset")
    line.switch("ok")

    await expect(ana.page.locator("[name=username]")).to_be_visible()
    left = await ana.page.evaluate(LEFT_BEHIND)
    assert [key for key in left if ":memory:" in key] == []
    assert [key for key in left if ":draft:" in key]
    assert not await ana.page.evaluate("caches.match('/rooms/', { cacheName: 'shell' })")
