"""The pubsub: no ring keeps another from being heard."""

import asyncio

import pytest
from channels.layers import InMemoryChannelLayer, get_channel_layer

from rooms.delivery.pubsub import PubSub, peal

PATIENCE_SECONDS = 5


@pytest.fixture
async def heard(settings):
    """What a pubsub in the group `here` hears; it cannot bear the ring `bad`."""
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    rings = asyncio.Queue()

    def hear(ring):
        if ring["type"] == "bad":
            raise KeyError("room")
        rings.put_nowait(ring["type"])

    pubsub = PubSub(hear)
    await pubsub.subscribe("here")
    yield rings
    await pubsub.close()


@pytest.mark.parametrize("bad", [{"type": "bad"}, {"no": "type"}, {"type": "proof"}])
async def test_a_ring_that_cannot_be_heard_keeps_no_other_from_it(heard, bad):
    await get_channel_layer().group_send("here", peal([bad, {"type": "same peal"}]))
    await get_channel_layer().group_send("here", peal([{"type": "next peal"}]))

    async with asyncio.timeout(PATIENCE_SECONDS):
        assert [await heard.get(), await heard.get()] == ["same peal", "next peal"]


async def test_what_is_no_peal_at_all_does_not_end_the_listening(heard):
    await get_channel_layer().group_send("here", {"type": "peal", "rings": 7})
    await get_channel_layer().group_send("here", peal([{"type": "next"}]))

    async with asyncio.timeout(PATIENCE_SECONDS):
        assert await heard.get() == "next"


class SlowToLeave(InMemoryChannelLayer):
    """Is on the way out of a group until it is let go."""

    def __init__(self, **options):
        super().__init__(**options)
        self.is_leaving, self.may_leave = asyncio.Event(), asyncio.Event()

    async def group_discard(self, group, channel):
        self.is_leaving.set()
        await self.may_leave.wait()
        await super().group_discard(group, channel)


async def test_who_comes_back_to_a_group_that_is_being_left_hears_what_is_rung_from_then_on(settings):
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": f"{__name__}.{SlowToLeave.__name__}"}}
    layer, heard = get_channel_layer(), asyncio.Queue()
    pubsub = PubSub(heard.put_nowait)
    await pubsub.subscribe("here")
    pubsub.unsubscribe("here")
    await layer.is_leaving.wait()

    coming_back = asyncio.ensure_future(pubsub.subscribe("here"))
    done, _pending = await asyncio.wait([coming_back], timeout=0.1)
    assert not done, "it was let in by a subscription that is about to end"
    layer.may_leave.set()
    await coming_back

    await layer.group_send("here", peal([{"type": "next"}]))
    async with asyncio.timeout(PATIENCE_SECONDS):
        assert (await heard.get())["type"] == "next"
    await pubsub.close()
