"""Scrolling through ten thousand messages, and typing while fifty arrive every second."""

import asyncio
import itertools
import uuid

import pytest
from playwright.async_api import expect

from tests.clients import ChatClient
from tests.waiting import let_pass

from .rooms import room_with

pytestmark = pytest.mark.long

MESSAGES = 10_000
A_SECOND = 50
KEYS = 150
DELAY_MS = 50
FRAME_MS = 1000 / 60
# Scrolls up by one step in each animation frame; returns frame durations, the highest number of elements, and how often
# the visible messages did not move by exactly that step.
SCROLL = """async () => {
    const frame = () => new Promise(requestAnimationFrame);
    const timeline = document.getElementById("timeline");
    const lines = () => [...document.querySelectorAll("#said [data-seq]")];
    const times = [];
    let [most, jolts, last] = [0, 0, await frame()];
    for (let turn = 0; turn < 900; turn += 1) {
        const read = lines().find((line) => line.getBoundingClientRect().bottom > 200);
        const before = [read.getBoundingClientRect().top, timeline.scrollTop];
        timeline.scrollTop -= 60;
        const now = await frame();
        times.push(now - last);
        last = now;
        most = Math.max(most, lines().length);
        const moved = read.getBoundingClientRect().top - before[0];
        if (before[1] > 60 && read.isConnected && Math.abs(moved - 60) > 2) jolts += 1;
    }
    return { times: times.sort((one, other) => one - other), most, jolts };
}"""
# Delay from key press to its handler, and to the next paint.
WATCH_KEYS = """() => {
    window.keys = [];
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => (keys[data].shown = performance.now() - keys[data].at);
    document.getElementById("text").addEventListener("keydown", ({ timeStamp: at }) => {
        const number = keys.push({ at, heard: performance.now() - at }) - 1;
        requestAnimationFrame(() => port2.postMessage(number));
    }, true);
}"""


@pytest.fixture
def longest_room(people):
    return room_with(MESSAGES, people.ana, people.bruno, people.carla, minutes_apart=1)


def at(share, figures):
    return sorted(figures)[int(len(figures) * share)]


async def test_ten_thousand_messages_scroll_smoothly(open_tab, people, longest_room):
    ana = await open_tab("ana", people.ana)
    await ana.visit(f"/rooms/{longest_room}/")
    await ana.expect_message(f"{MESSAGES} of {MESSAGES}", author=people.ana.name)
    went = await ana.page.evaluate(SCROLL)
    p95 = at(0.95, went["times"])
    print(f"frames: median {at(0.5, went['times']):.1f} ms, p95 {p95:.1f} ms, longest {max(went['times']):.1f} ms")
    print(f"lines on the page at most: {went['most']}; jolts: {went['jolts']}")
    assert went["jolts"] == 0
    assert went["most"] <= 350
    assert at(0.5, went["times"]) < 1.2 * FRAME_MS
    assert p95 < 3 * FRAME_MS


async def test_typing_is_fast_while_fifty_messages_a_second_arrive(open_tab, people, cluster, longest_room):
    (server,) = cluster(1, CHAT_MESSAGE_RATE=0, CHAT_FRAME_RATE=0)
    ana = await open_tab("ana", people.ana, server=server)
    await ana.visit(f"/rooms/{longest_room}/")
    await ana.page.evaluate(WATCH_KEYS)
    async with ChatClient(server, people.bruno, room=longest_room) as bruno:
        writing = asyncio.create_task(write_messages(bruno, longest_room))
        await ana.page.locator("#text").focus()
        for _, letter in zip(range(KEYS), itertools.cycle("una tertulia "), strict=False):
            await ana.page.keyboard.press(letter)
            await let_pass(0.06)
        writing.cancel()
    keys = await ana.page.evaluate("keys")
    heard, shown = [key["heard"] for key in keys], [key["shown"] for key in keys if "shown" in key]
    print(f"key heard: p95 {at(0.95, heard):.1f} ms; letter shown: p95 {at(0.95, shown):.1f} ms")
    await expect(ana.page.locator("#said [data-seq]").last).to_contain_text("said quickly")
    assert at(0.95, heard) < DELAY_MS
    assert await ana.page.locator("#said [data-seq]").count() <= 350


async def write_messages(client, room):
    for number in itertools.count():
        await client.send(type="say", id=str(uuid.uuid4()), room=room, text=f"{number} said quickly")
        await let_pass(1 / A_SECOND)
