"""Where WebSockets are blocked, the page falls back to event streams, and returns when they work again."""

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


async def expect_transport(tab, way):
    await expect(tab.page.locator("#chat")).to_have_attribute("data-way", way)


@pytest.mark.parametrize("obstacle", [UpgradeStripper, SocketBlackhole])
async def test_fallback_takes_ten_seconds_and_loses_nothing(proxy, open_tab, people, obstacle):
    proxy.interceptor = obstacle()
    ana = await open_tab("ana", people.ana, server=proxy)
    ana.expect_complaints("WebSocket")
    bruno = await open_tab("bruno", people.bruno, server=-1)
    await bruno.visit()
    said = []

    async def send(tab, person, text):
        said.append(text)
        await tab.send_message(text)
        await bruno.expect_message(text, author=person.name)

    async with asyncio.timeout(10):
        await ana.visit()
        await send(ana, people.ana, "over the stream")
    await expect_transport(ana, "sse")
    await expect(ana.page.locator("#way")).to_contain_text("WebSockets")
    await send(bruno, people.bruno, "I hear you")
    await ana.expect_message("I hear you", author=people.bruno.name)
    await ana.reload()
    await expect_transport(ana, "sse")

    proxy.interceptor = None
    await ana.page.evaluate("dispatchEvent(new Event('online'))")
    for number in range(4):
        await send(ana, people.ana, f"going over {number}")
        await send(bruno, people.bruno, f"answer {number}")
    await expect_transport(ana, "websocket")
    await expect(ana.page.locator("#way")).to_be_empty()
    await send(ana, people.ana, "over the socket")
    await send(bruno, people.bruno, "the end")

    await ana.expect_message("the end", author=people.bruno.name)
    both = (people.ana.name, people.bruno.name)
    assert await ana.stored_texts(*both) == await bruno.stored_texts(*both) == said


async def test_open_websocket_that_is_blocked_falls_back(proxy, open_tab, people):
    ana = await open_tab("ana", people.ana, server=proxy, viewport={"width": 360, "height": 740})
    ana.expect_complaints("WebSocket")
    await ana.visit()
    await expect_transport(ana, "websocket")

    proxy.interceptor = UpgradeStripper()
    proxy.abort_all()
    await expect_transport(ana, "sse")
    await ana.ready()
    await ana.send_message("still here")

    await ana.expect_message("still here", author=people.ana.name)
