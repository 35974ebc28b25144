"""Events between processes: a failing handler or a malformed event stops no other."""

import asyncio

import pytest
from channels.layers import InMemoryChannelLayer, get_channel_layer

from rooms.delivery.pubsub import PubSub
from rooms.protocol.bus_events import batch, disconnect, lobby, sessions

TIMEOUT_SECONDS = 5


@pytest.fixture
async def received(settings):
    """A queue of the types of events received in the group `here`; the handler fails on `disconnect`."""
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    rings = asyncio.Queue()

    def handle(event):
        if event["type"] == "disconnect":
            raise KeyError("room")
        rings.put_nowait(event["type"])

    pubsub = PubSub(handle)
    pubsub.start()
    await pubsub.subscribe("here")
    yield rings
    await pubsub.close()


@pytest.mark.parametrize("bad", [disconnect(1), {"no": "type"}, {"type": "proof"}, {"type": "later"}, 7])
async def test_event_that_fails_keeps_no_other_from_its_handler(received, bad):
    await get_channel_layer().group_send("here", batch([bad, lobby()]))
    await get_channel_layer().group_send("here", batch([sessions(1)]))

    async with asyncio.timeout(TIMEOUT_SECONDS):
        assert [await received.get(), await received.get()] == ["lobby", "sessions"]


async def test_malformed_batch_does_not_end_receiving(received):
    await get_channel_layer().group_send("here", {"type": "peal", "rings": 7})
    await get_channel_layer().group_send("here", batch([lobby()]))

    async with asyncio.timeout(TIMEOUT_SECONDS):
        assert await received.get() == "lobby"


class SlowToLeave(InMemoryChannelLayer):
    """A layer whose `group_discard` waits until the test allows it."""

    def __init__(self, **options):
        super().__init__(**options)
        self.is_leaving, self.may_leave = asyncio.Event(), asyncio.Event()

    async def group_discard(self, group, channel):
        self.is_leaving.set()
        await self.may_leave.wait()
        await super().group_discard(group, channel)


async def test_subscribe_during_unsubscribe_waits_until_the_group_is_joined_again(settings):
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": f"{__name__}.{SlowToLeave.__name__}"}}
    layer, received = get_channel_layer(), asyncio.Queue()
    pubsub = PubSub(received.put_nowait)
    pubsub.start()
    await pubsub.subscribe("here")
    pubsub.unsubscribe("here")
    await layer.is_leaving.wait()

    coming_back = asyncio.ensure_future(pubsub.subscribe("here"))
    done, _pending = await asyncio.wait([coming_back], timeout=0.1)
    assert not done, "it relied on a subscription that is about to end"
    layer.may_leave.set()
    await coming_back

    await layer.group_send("here", batch([lobby()]))
    async with asyncio.timeout(TIMEOUT_SECONDS):
        assert (await received.get())["type"] == "lobby"
    await pubsub.close()
