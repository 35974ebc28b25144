"""The cost of a first visit: bytes, hosts, and layout shifts."""

import pytest
from playwright.async_api import expect

from .delayed_frames import DelayedFrames
from .rooms import room_with

pytestmark = pytest.mark.footing("embedded")

MOST_BYTES = 120 * 1024
MOST_SHIFT = 0.02
SHIFTS = """() => {
    window.shifts = 0;
    new PerformanceObserver((list) => list.getEntries().forEach((entry) => (window.shifts += entry.value)))
        .observe({ type: "layout-shift", buffered: true });
}"""


@pytest.fixture
def room(people):
    return room_with(60, people.ana, people.bruno)


async def test_chat_is_small_from_one_host_and_does_not_shift(open_tab, people):
    ana = await open_tab("ana", people.ana)
    session = await ana.page.context.new_cdp_session(ana.page)
    weights, addresses = [], []
    session.on("Network.loadingFinished", lambda event: weights.append(event["encodedDataLength"]))
    session.on("Network.requestWillBeSent", lambda event: addresses.append(event["request"]["url"]))
    await session.send("Network.enable")
    await ana.page.add_init_script(f"({SHIFTS})()")

    await ana.visit()
    await ana.page.wait_for_load_state("networkidle")
    await ana.send_message("all here")
    await ana.expect_message("all here", author=people.ana.name)

    page = await ana.page.request.get(ana.page.url)
    assert page.headers["content-encoding"] == "gzip"
    assert len(weights) > 10
    assert sum(weights) <= MOST_BYTES
    home = ana.page.url.partition("/rooms/")[0]
    assert [address for address in addresses if not address.startswith((home, "data:"))] == []
    assert len([address for address in addresses if address.endswith(".css")]) == 1
    assert await ana.page.evaluate("window.shifts") < MOST_SHIFT
    await expect(ana.page.locator("#text")).to_be_visible()


async def test_slow_connection_causes_no_layout_shift(open_tab, people, room):
    ana = await open_tab("ana", people.ana)
    await ana.page.add_init_script(f"({SHIFTS})()")
    held = await DelayedFrames.on(ana.page)
    held.hold("events")

    await ana.page.goto(f"/rooms/{room}/")
    await expect(ana.page.locator("#status")).to_have_text("Catching up…")
    await expect(ana.page.locator("#status")).to_be_visible()
    held.release()
    await expect(ana.page.locator("#status")).to_be_hidden()
    assert await ana.page.evaluate("window.shifts") < MOST_SHIFT
