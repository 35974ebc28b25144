"""WebSockets are blocked: the page goes over to event streams by itself, and back when it can."""

import asyncio

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.faults.proxy import Proxy, SocketBlackhole, UpgradeStripper

pytestmark = pytest.mark.once("grown")


@pytest_asyncio.fixture(loop_scope="session")
async def proxy(site):
    proxy = Proxy(site[0].port)
    await proxy.start()
    yield proxy
    await proxy.close()


async def goes_by(tab, way):
    await expect(tab.page.locator("#chat")).to_have_attribute("data-way", way)


@pytest.mark.parametrize("obstacle", [UpgradeStripper, SocketBlackhole])
async def test_the_chat_works_within_ten_seconds_and_loses_nothing_going_over_and_back(
    proxy, open_tab, people, obstacle
):
    proxy.interceptor = obstacle()
    ana = await open_tab("ana", people.ana, server=proxy)
    ana.expect_complaints("WebSocket")
    bruno = await open_tab("bruno", people.bruno, server=-1)
    await bruno.visit()
    said = []

    async def say(tab, person, text):
        said.append(text)
        await tab.send_message(text)
        await bruno.expect_message(text, author=person.name)

    async with asyncio.timeout(10):
        await ana.visit()
        await say(ana, people.ana, "over the stream")
    await goes_by(ana, "sse")
    await expect(ana.page.locator("#way")).to_contain_text("WebSockets")
    await say(bruno, people.bruno, "I hear you")
    await ana.expect_message("I hear you", author=people.bruno.name)
    await ana.reload()
    await goes_by(ana, "sse")

    proxy.interceptor = None
    await ana.page.evaluate("dispatchEvent(new Event('online'))")
    for number in range(4):
        await say(ana, people.ana, f"going over {number}")
        await say(bruno, people.bruno, f"answer {number}")
    await goes_by(ana, "websocket")
    await expect(ana.page.locator("#way")).to_be_empty()
    await say(ana, people.ana, "over the socket")
    await say(bruno, people.bruno, "the end")

    await ana.expect_message("the end", author=people.bruno.name)
    both = (people.ana.name, people.bruno.name)
    assert await ana.stored_texts(*both) == await bruno.stored_texts(*both) == said


async def test_a_line_that_is_blocked_in_the_middle_of_a_talk_goes_over_too(proxy, open_tab, people):
    ana = await open_tab("ana", people.ana, server=proxy, viewport={"width": 360, "height": 740})
    ana.expect_complaints("WebSocket")
    await ana.visit()
    await goes_by(ana, "websocket")

    proxy.interceptor = UpgradeStripper()
    proxy.abort_all()
    await goes_by(ana, "sse")
    await ana.ready()
    await ana.send_message("still here")

    await ana.expect_message("still here", author=people.ana.name)
