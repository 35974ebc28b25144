"""What a page does when the line breaks, the tab sleeps or is reloaded: nothing written is lost, nothing is doubled."""

import asyncio
import contextlib

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.faults.proxy import Proxy
from tests.waiting import let_pass

pytestmark = pytest.mark.once("embedded")

WEBSOCKET_TEXT = b"\x81"  # how each frame of the chat begins, and nothing of HTTP (RFC 6455, 5.2)
BEYOND_THE_BURST = 4
LONG_SLEEP_SECONDS = 150  # the server, too, has given the tab up by then


@pytest_asyncio.fixture(loop_scope="session")
async def line(site):
    """The line to the last server process, to be broken."""
    proxy = Proxy(site[-1].port)
    await proxy.start()
    yield proxy
    await proxy.close()


@pytest.fixture
def two_people(open_tab, people, line):
    """Ana's tab on a sound line, and bruno's on the one that breaks."""

    async def open_both():
        ana = await open_tab("ana", people.ana)
        bruno = await open_tab("bruno", people.bruno, server=line)
        # Chromium itself notes each connection that broke or could not be made.
        bruno.expect_complaints("WebSocket connection to", "net::ERR_", "when fetching the script")
        await ana.visit()
        await bruno.visit()
        return ana, bruno

    return open_both


# A line that hears something, and is closed then, as when the server has said goodbye and its end is not yet told.
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


class Swallower:
    """Takes the chat's frames away in one direction; pages come through."""

    def __init__(self, direction):
        self._direction = direction

    def request(self, link, data):
        return self._pass(data, "request")

    def answer(self, link, data):
        return self._pass(data, "answer")

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


async def each_reads(tabs, people, *texts):
    """Of these people, exactly these lines in this order, and nothing still waiting."""
    authors = ", ".join(f'[data-author="{person.name}"]' for person in (people.ana, people.bruno))
    for tab in tabs:
        await expect(tab.page.locator(f"#said [data-seq]:is({authors}) .text")).to_have_text(texts)
        await expect(tab.page.locator("#waiting [data-state]")).to_have_count(0)


async def test_what_was_written_offline_is_said_when_the_line_returns(two_people, people, line):
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
    await each_reads((ana, bruno), people, "said while bruno was away", *written)


async def change_what_was_said(tab, erased, edited):
    """Take back one's first line, and give the last another text."""
    await tab.page.locator("#said [data-seq]", has_text=erased).focus()
    await tab.page.get_by_role("button", name="Delete message").click()
    await tab.page.locator("#erase-dialog button[value=yes]").click()
    await expect(tab.page.locator("#said [data-erased=true]")).to_have_count(1)
    await tab.page.locator("#text").press("ArrowUp")
    await tab.send_message(edited)


async def test_a_tab_that_slept_reads_on_where_it_fell_asleep(two_people, people, line):
    ana, bruno = await two_people()
    for text in ("taken back later", "changed later"):
        await ana.send_message(text)
        await bruno.expect_message(text, author=people.ana.name)
    async with asleep(bruno) as sleeps:
        await ana.send_message("said to a sleeper")
        await sleeps.wait()
        line.switch("reset")
        await change_what_was_said(ana, "taken back later", "said to a sleeper, and changed")
        await ana.send_message("said to a sleeper without a line")
        await ana.expect_message("said to a sleeper without a line", author=people.ana.name)
        line.switch("ok")

    await bruno.send_message("good morning")
    read = ("This message was deleted.", "changed later", "said to a sleeper, and changed")
    await each_reads((ana, bruno), people, *read, "said to a sleeper without a line", "good morning")


@pytest.mark.long
async def test_a_tab_that_slept_for_minutes_catches_up(two_people, people):
    ana, bruno = await two_people()
    for text in ("taken back later", "changed later"):
        await ana.send_message(text)
        await bruno.expect_message(text, author=people.ana.name)
    async with asleep(bruno) as sleeps:
        await ana.send_message("said to a sleeper")
        await sleeps.wait()
        await let_pass(LONG_SLEEP_SECONDS)
        await change_what_was_said(ana, "taken back later", "said to a sleeper, and changed")
        await ana.expect_message("and changed", author=people.ana.name)

    await bruno.send_message("good morning")
    read = ("This message was deleted.", "changed later", "said to a sleeper, and changed", "good morning")
    await each_reads((ana, bruno), people, *read)


@pytest.mark.parametrize("lost", ["request", "answer"])
async def test_what_was_not_acknowledged_before_a_reload_is_said_once(two_people, people, line, lost):
    ana, bruno = await two_people()
    line.interceptor = Swallower(lost)
    texts = ("one before the reload", "two before the reload", "three before the reload")
    for text in texts:
        await bruno.send_message(text)
    await expect(bruno.page.locator("#waiting [data-state]")).to_have_count(3)
    if lost == "answer":
        await ana.expect_message(texts[0], author=people.bruno.name)

    line.interceptor = None
    await bruno.reload()

    await each_reads((ana, bruno), people, *texts)


async def test_two_tabs_with_one_storage_lose_and_double_nothing(two_people, people, line):
    ana, bruno = await two_people()
    async with bruno.page.context.expect_page() as opened:
        await bruno.page.evaluate("open(location.href)")
    copy = bruno.opened_tab(await opened.value)
    await copy.ready()
    line.interceptor = Swallower("request")
    await bruno.send_message("written in the first tab")
    await copy.send_message("written in its copy")
    # Both leave something behind, for whichever comes first: here both at once.
    line.interceptor = None
    await asyncio.gather(bruno.reload(), copy.reload())

    first, second = await ana.expect_messages_of(people.bruno.name, 2)
    assert {first, second} == {"written in the first tab", "written in its copy"}
    await each_reads((ana, bruno, copy), people, first, second)


async def test_who_writes_faster_than_one_may_is_slowed_down_and_loses_nothing(open_tab, people, cluster):
    [slow] = await asyncio.to_thread(cluster, 1, CHAT_MESSAGE_RATE=1, CHAT_MESSAGE_BURST=2)
    ana, heard = await open_tab("ana", people.ana, server=slow), []
    ana.page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: heard.append(frame)))
    await ana.visit()
    texts = [f"line {number} of some" for number in range(BEYOND_THE_BURST)]
    for text in [*texts, "#help"]:
        await ana.send_message(text)

    assert "#cR" in await ana.reply_text("help")
    await each_reads((ana,), people, *texts)
    assert any('"slow_down"' in frame for frame in heard)


@pytest.mark.footing("embedded")
async def test_nothing_is_sent_on_a_line_that_is_closing(open_tab, people):
    ana = await open_tab("ana", people.ana)
    await ana.visit()
    assert await ana.page.evaluate(SEND_WHILE_CLOSING) is False
