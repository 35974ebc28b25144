"""Lost connections, frozen tabs and reloads lose no message and send none twice."""

import asyncio
import contextlib

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.faults.proxy import Proxy
from tests.waiting import let_pass

pytestmark = pytest.mark.once("embedded")

WEBSOCKET_TEXT = b"\x81"  # first byte of text frames, and of no HTTP message (RFC 6455, 5.2)
BEYOND_THE_BURST = 4
LONG_SLEEP_SECONDS = 150  # longer than the server's timeout


@pytest_asyncio.fixture(loop_scope="session")
async def line(site):
    """A proxy of the last server process."""
    proxy = Proxy(site[-1].port)
    await proxy.start()
    yield proxy
    await proxy.close()


@pytest.fixture
def two_people(open_tab, people, line):
    """Tabs of ana, and of bruno behind the proxy."""

    async def open_both():
        ana = await open_tab("ana", people.ana)
        bruno = await open_tab("bruno", people.bruno, server=line)
        # Chromium logs each failed connection.
        bruno.expect_complaints("WebSocket connection to", "net::ERR_", "when fetching the script")
        await ana.visit()
        await bruno.visit()
        return ana, bruno

    return open_both


# A socket that receives a message and is then closing: its `close` event has not come yet.
SEND_WHILE_CLOSING = """async () => {
    const loaded = performance.getEntriesByType("resource").map(({ name }) => name);
    const module = loaded.find((name) => name.includes("/js/transport/websocket_transport"));
    const { WebSocketTransport } = await import(module);
    const line = await new Promise((heard) => {
        const line = new WebSocketTransport(new URL("/ws/chat/", location), { onFrame: () => heard(line) });
    });
    line.close();
    return line.send({ type: "ping", t: 1 });
}"""


class FrameDropper:
    """Drops the chat's frames in one direction; passes HTTP on."""

    def __init__(self, direction):
        self._direction = direction

    def request(self, link, data):
        return self._pass(data, "request")

    def response(self, link, data):
        return self._pass(data, "response")

    def _pass(self, data, direction):
        return b"" if direction == self._direction and data.startswith(WEBSOCKET_TEXT) else data


@contextlib.asynccontextmanager
async def asleep(tab):
    """The tab's scripts stand still, as in a closed laptop.

    Not by `Page.setWebLifecycleState`: Chromium freezes hidden tabs only, and a headless one is never hidden.
    """
    browser, sleeps = await tab.page.context.new_cdp_session(tab.page), asyncio.Event()
    browser.on("Debugger.paused", lambda _event: sleeps.set())
    await browser.send("Debugger.enable")
    await browser.send("Debugger.pause")
    yield sleeps
    await browser.send("Debugger.disable")


async def expect_messages_in(tabs, people, *texts):
    """Wait until each tab shows exactly these messages of `people` in this order, and none is pending."""
    authors = ", ".join(f'[data-author="{person.name}"]' for person in (people.ana, people.bruno))
    for tab in tabs:
        await expect(tab.page.locator(f"#said [data-seq]:is({authors}) .text")).to_have_text(texts)
        await expect(tab.page.locator("#waiting [data-state]")).to_have_count(0)


async def test_offline_messages_are_sent_after_reconnect(two_people, people, line):
    ana, bruno = await two_people()
    line.switch("reset")
    await bruno.page.context.set_offline(True)
    await bruno.expect_state("offline")
    await ana.send_message("said while bruno was away")
    await ana.expect_message("said while bruno was away", author=people.ana.name)
    for text in ("first thing written offline", "second thing written offline"):
        await bruno.send_message(text)

    line.switch("ok")
    await bruno.page.context.set_offline(False)

    await bruno.expect_state("open")
    written = ("first thing written offline", "second thing written offline")
    await expect_messages_in((ana, bruno), people, "said while bruno was away", *written)


async def erase_and_edit(tab, erased, edited):
    """Erase the first message and edit the last one."""
    await tab.page.locator("#said [data-seq]", has_text=erased).focus()
    await tab.page.get_by_role("button", name="Delete message").click()
    await tab.page.locator("#erase-dialog button[value=yes]").click()
    await expect(tab.page.locator("#said [data-erased=true]")).to_have_count(1)
    await tab.page.locator("#text").press("ArrowUp")
    await tab.send_message(edited)


async def test_frozen_tab_catches_up(two_people, people, line):
    ana, bruno = await two_people()
    for text in ("taken back later", "changed later"):
        await ana.send_message(text)
        await bruno.expect_message(text, author=people.ana.name)
    async with asleep(bruno) as sleeps:
        await ana.send_message("said to a sleeper")
        await sleeps.wait()
        line.switch("reset")
        await erase_and_edit(ana, "taken back later", "said to a sleeper, and changed")
        await ana.send_message("said to a sleeper without a line")
        await ana.expect_message("said to a sleeper without a line", author=people.ana.name)
        line.switch("ok")

    await bruno.send_message("good morning")
    read = ("This message was deleted.", "changed later", "said to a sleeper, and changed")
    await expect_messages_in((ana, bruno), people, *read, "said to a sleeper without a line", "good morning")


@pytest.mark.long
async def test_tab_frozen_for_minutes_catches_up(two_people, people):
    ana, bruno = await two_people()
    for text in ("taken back later", "changed later"):
        await ana.send_message(text)
        await bruno.expect_message(text, author=people.ana.name)
    async with asleep(bruno) as sleeps:
        await ana.send_message("said to a sleeper")
        await sleeps.wait()
        await let_pass(LONG_SLEEP_SECONDS)
        await erase_and_edit(ana, "taken back later", "said to a sleeper, and changed")
        await ana.expect_message("and changed", author=people.ana.name)

    await bruno.send_message("good morning")
    read = ("This message was deleted.", "changed later", "said to a sleeper, and changed", "good morning")
    await expect_messages_in((ana, bruno), people, *read)


@pytest.mark.parametrize("lost", ["request", "response"])
async def test_message_unacknowledged_before_reload_is_stored_once(two_people, people, line, lost):
    ana, bruno = await two_people()
    line.interceptor = FrameDropper(lost)
    texts = ("one before the reload", "two before the reload", "three before the reload")
    for text in texts:
        await bruno.send_message(text)
    await expect(bruno.page.locator("#waiting [data-state]")).to_have_count(3)
    if lost == "response":
        await ana.expect_message(texts[0], author=people.bruno.name)

    line.interceptor = None
    await bruno.reload()

    await expect_messages_in((ana, bruno), people, *texts)


async def test_two_tabs_with_one_storage_send_each_message_once(two_people, people, line):
    ana, bruno = await two_people()
    async with bruno.page.context.expect_page() as opened:
        await bruno.page.evaluate("open(location.href)")
    copy = bruno.opened_tab(await opened.value)
    await copy.ready()
    line.interceptor = FrameDropper("request")
    await bruno.send_message("written in the first tab")
    await copy.send_message("written in its copy")
    # Both tabs store unsent messages for the next one to start; here both start at once.
    line.interceptor = None
    await asyncio.gather(bruno.reload(), copy.reload())

    first, second = await ana.expect_messages_of(people.bruno.name, 2)
    assert {first, second} == {"written in the first tab", "written in its copy"}
    await expect_messages_in((ana, bruno, copy), people, first, second)


async def test_throttled_messages_are_delayed_and_not_lost(open_tab, people, cluster):
    [slow] = await asyncio.to_thread(cluster, 1, CHAT_MESSAGE_RATE=1, CHAT_MESSAGE_BURST=2)
    ana, heard = await open_tab("ana", people.ana, server=slow), []
    ana.page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: heard.append(frame)))
    await ana.visit()
    texts = [f"line {number} of some" for number in range(BEYOND_THE_BURST)]
    for text in [*texts, "#help"]:
        await ana.send_message(text)

    assert "#cR" in await ana.reply_text("help")
    await expect_messages_in((ana,), people, *texts)
    assert any('"slow_down"' in frame for frame in heard)


@pytest.mark.footing("embedded")
async def test_nothing_is_sent_on_a_closing_socket(open_tab, people):
    ana = await open_tab("ana", people.ana)
    await ana.visit()
    assert await ana.page.evaluate(SEND_WHILE_CLOSING) is False
