"""Old browsers, unrenderable messages and errors in parts of the page do not stop the rest."""

import asyncio
import re

import pytest
from asgiref.sync import sync_to_async
from playwright.async_api import expect

from tests.waiting import until

pytestmark = pytest.mark.footing("embedded")

AT = re.compile(r'"at":"[^"]*"')

# Removes what Safari 16.4, and Chrome and Firefox of two years ago, do not have.
OLD_BROWSER = """
delete URL.parse;
delete URL.canParse;
delete AbortSignal.any;
delete Promise.withResolvers;
delete Object.groupBy;
delete Map.groupBy;
delete Array.fromAsync;
delete Element.prototype.checkVisibility;
for (const name of ["toReversed", "toSorted", "toSpliced", "with"]) delete Array.prototype[name];
for (const name of ["union", "intersection", "difference", "symmetricDifference", "isSubsetOf"]) {
    delete Set.prototype[name];
}
const find = Document.prototype.querySelector;
Document.prototype.querySelector = function (selector) {
    if (selector.includes(":popover-open")) throw new DOMException(selector, "SyntaxError");
    return find.call(this, selector);
};
"""
NO_QUOTES = """
const create = Document.prototype.createElement;
Document.prototype.createElement = function (name, ...options) {
    if (name.toLowerCase() === "blockquote") throw new TypeError("no quotes today");
    return create.call(this, name, ...options);
};
"""
BROKEN_TYPING_INDICATOR = """
const find = Document.prototype.getElementById;
addEventListener("load", () => {
    const set = (text) => {
        if (text) throw new TypeError("broken");
    };
    Object.defineProperty(find.call(document, "typists"), "textContent", { set });
});
"""


async def test_messages_with_links_appear_in_old_browsers(open_tab, people):
    ana, bruno = await open_tab("ana", people.ana), await open_tab("bruno", people.bruno)
    await ana.page.add_init_script(OLD_BROWSER)
    await ana.visit()
    await bruno.visit()
    await bruno.send_message("before")
    await bruno.send_message("see https://example.org/x and [this](https://example.org/y)")
    await bruno.send_message("after")
    await ana.expect_messages_of(people.bruno.name, 3)
    link = ana.page.locator(f'#said [data-author="{people.bruno.name}"] .text a').first
    await expect(link).to_have_attribute("href", "https://example.org/x")
    await ana.page.keyboard.press("Escape")
    await ana.page.keyboard.press("F6")
    await ana.reload()
    await ana.expect_messages_of(people.bruno.name, 3)


async def test_event_streams_work_in_old_browsers(open_tab, people):
    ana = await open_tab("ana", people.ana)
    await ana.page.add_init_script(OLD_BROWSER)
    await ana.page.add_init_script("sessionStorage.setItem('tertulia:blocked', '')")
    await ana.visit()
    await expect(ana.page.locator("#chat")).to_have_attribute("data-way", "sse")
    await ana.send_message("over plain HTTP")
    await ana.expect_message("over plain HTTP", author=people.ana.name)


async def test_unrenderable_message_is_plain_text_and_later_ones_appear(open_tab, people, cluster):
    [server] = await sync_to_async(cluster)(1)
    ana = await open_tab("ana", people.ana, server=server)
    bruno = await open_tab("bruno", people.bruno, server=server)
    ana.expect_complaints("no quotes today")
    await ana.page.add_init_script(NO_QUOTES)
    await ana.visit()
    await bruno.visit()
    await bruno.send_message("before")
    await bruno.send_message("> a quote that breaks")
    await bruno.send_message("after")
    texts = await ana.expect_messages_of(people.bruno.name, 3)
    assert texts == ["before", "> a quote that breaks", "after"]
    await ana.reload()
    assert await ana.expect_messages_of(people.bruno.name, 3) == texts

    await asyncio.to_thread(until, lambda: "page error" in server.log(), what="the error is in the log")
    [line, *_others] = [line for line in server.log().splitlines() if "page error" in line]
    assert "error=TypeError" in line
    assert "at=messages/markup.js:" in line
    for secret in ("no quotes today", "a quote that breaks", people.bruno.name, people.ana.name):
        assert secret not in line


async def test_throwing_handler_does_not_stop_others(open_tab, people):
    ana, bruno = await open_tab("ana", people.ana), await open_tab("bruno", people.bruno)
    ana.expect_complaints("broken")
    await ana.page.add_init_script(BROKEN_TYPING_INDICATOR)
    await ana.visit()
    await bruno.visit()
    await bruno.page.locator("#text").press_sequentially("typing")
    await bruno.send_message("still here")
    await ana.expect_message("still here", author=people.bruno.name)
    await ana.send_message("and so am I")
    await ana.expect_message("and so am I", author=people.ana.name)


async def test_malformed_frame_does_not_stop_later_ones(open_tab, people):
    ana, bruno = await open_tab("ana", people.ana), await open_tab("bruno", people.bruno)
    ana.expect_complaints("")
    sockets = []

    def connect(page):
        page.connect_to_server()
        sockets.append(page)

    await ana.page.route_web_socket("**/ws/chat/**", connect)
    await ana.visit()
    await bruno.visit()
    for frame in ("not JSON", '{"type": "events"}', '{"type": "toString"}', '{"type": "unread", "rooms": 5}'):
        sockets[-1].send(frame)
    await bruno.send_message("still here")
    await ana.expect_message("still here", author=people.bruno.name)


async def test_message_with_invalid_date_does_not_stop_others(open_tab, people):
    ana = await open_tab("ana", people.ana)
    ana.expect_complaints("Invalid")

    def connect(page):
        server = page.connect_to_server()
        server.on_message(lambda text: page.send(AT.sub('"at":"never"', text) if "odd date" in text else text))

    await ana.page.route_web_socket("**/ws/chat/**", connect)
    await ana.visit()
    for text in ("before", "an odd date", "after"):
        await ana.send_message(text)
    assert await ana.expect_messages_of(people.ana.name, 3) == ["before", "an odd date", "after"]
