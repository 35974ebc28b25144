"""Rate limits and backpressure: a misbehaving client delays no other, and every request is answered."""

import asyncio
import contextlib
import uuid

import pytest

from rooms.client import window
from rooms.client.connection import Connection
from rooms.client.window import Window
from rooms.protocol.encoding import EncodedFrame
from tests.clients import ChatClient
from tests.people import unique
from tests.streams import Refused
from tests.waiting import eventually, let_pass

pytestmark = pytest.mark.once("embedded")


@pytest.mark.both_footings
async def test_client_that_sends_no_seen_is_closed_and_can_resume(people, join, cluster):
    [server] = await asyncio.to_thread(cluster, 1, CHAT_MESSAGE_RATE=0, CHAT_FRAME_RATE=0)
    async with ChatClient(server, people.ana) as ana, ChatClient(server, people.bruno) as bruno:
        await bruno.expect("events", reset=True)
        bruno.acknowledges = False
        for n in range(window.UNSEEN_MESSAGES + 2):
            await ana.send(type="say", id=str(uuid.uuid4()), text=f"line {n}")

        assert await bruno.wait_closed() == 4008
        await ana.expect_message(f"line {window.UNSEEN_MESSAGES + 1}")
        last = bruno.received("events")[-1]
        resume = {"room": last["room"], "epoch": last["epoch"], "version": last["version"]}
        async with ChatClient(server, people.bruno, **resume) as back:
            events = await back.expect("events")
            assert events["since"] == last["version"] and not events.get("reset")


@pytest.mark.both_transports
async def test_frame_rate_is_limited_and_a_flood_is_disconnected(people, join):
    ana, bruno = await join(people.ana), await join(people.bruno)

    with contextlib.suppress(Refused):  # POSTs to a stream that was closed
        for n in range(1000):
            await ana.send(type="ping", t=n)

    assert await ana.wait_closed() == 4029
    refused = ana.received("error", code="slow_down")
    assert refused and all(error["retry_after"] > 0 for error in refused)
    await bruno.settle()


@pytest.mark.both_transports
async def test_flood_of_malformed_frames_is_disconnected(people, join):
    ana = await join(people.ana)

    with contextlib.suppress(Refused):
        for _ in range(30):
            await ana.send_raw("nonsense")

    assert await ana.wait_closed() == 4014


async def test_clients_of_one_user_share_a_rate(people, join):
    one, other = await join(people.ana), await join(people.ana)
    await one.command(f"#cR {unique('room')}")

    answers = await asyncio.gather(*(client.send_message("x") for _ in range(20) for client in (one, other)))

    assert any(answer.get("code") == "slow_down" for answer in answers)


def test_seen_frees_the_window():
    client_window = Window()
    full = [client_window.add(7, version, 100, 1) for version in range(1, window.UNSEEN_MESSAGES + 2)]
    assert full[-1] and not any(full[:-1])

    client_window.confirm({7: 2})
    assert not client_window.add(7, window.UNSEEN_MESSAGES + 2, 100, 1)
    client_window.confirm({8: 10**9})
    assert client_window.add(7, window.UNSEEN_MESSAGES + 3, 100, 1)
    client_window.confirm({7: 10**9})
    assert not client_window.add(7, window.UNSEEN_MESSAGES + 4, 100, 1) and not client_window.is_overdue


async def test_typing_is_dropped_while_frames_are_queued():
    gate, sent = asyncio.Event(), []

    async def slow_reader(event):
        await gate.wait()
        sent.append(event["text"])

    connection = Connection({}, slow_reader, "en")
    connection.send({"type": "events"})
    connection.write_if_idle(EncodedFrame({"type": "typing", "n": 1}))
    gate.set()
    await eventually(lambda: sent, what="the first is sent")
    connection.write_if_idle(EncodedFrame({"type": "typing", "n": 2}))

    assert sent == ['{"type":"events"}', '{"type":"typing","n":2}']


async def test_reconnecting_does_not_reset_the_rate(people, join):
    ana = await join(people.ana)
    slowed = await ana.send_messages(["fast"] * 60)
    await ana.close()

    again = await join(people.ana)

    answers = await again.send_messages(["faster"] * 20)
    assert slowed[-1].get("code") == "slow_down" and any(answer.get("code") == "slow_down" for answer in answers)


async def test_throttled_command_runs_when_retried_with_its_id(people, join):
    ana = await join(people.ana)
    answers = await ana.send_messages(["#help"] * 50)

    refused = [answer for answer in answers if answer["type"] == "error"]
    assert {answer["code"] for answer in refused} == {"slow_down"}
    last = refused[-1]
    while last["type"] == "error":
        await let_pass(last["retry_after"])
        last = await ana.send_message("#help", client_id=last["id"])

    assert last["code"] == "help"


async def test_history_frames_cost_more_than_others(people, join):
    ana = await join(people.ana)

    answers = await asyncio.gather(*(ana.history(ana.hello["room"], before=10**9, limit=100) for _ in range(20)))

    assert answers[0]["type"] == "page"
    refused = [answer for answer in answers if answer["type"] == "error"]
    assert {answer["code"] for answer in refused} == {"slow_down"}
    assert all(0 < answer["retry_after"] <= 1 for answer in refused)
