"""The doorbell: no ring keeps another from being heard."""

import asyncio

import pytest
from channels.layers import get_channel_layer

from rooms.live.doorbell import Doorbell, peal

PATIENCE_SECONDS = 5


@pytest.fixture
async def heard(settings):
    """What a doorbell in the group `here` hears; it cannot bear the ring `bad`."""
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    rings = asyncio.Queue()

    def hear(ring):
        if ring["type"] == "bad":
            raise KeyError("room")
        rings.put_nowait(ring["type"])

    doorbell = Doorbell(hear)
    await doorbell.subscribe("here")
    yield rings
    await doorbell.close()


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
