"""The hub of this process: started with the first connection, drained and closed as the server stops."""

import asyncio
import contextlib

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

from rooms.delivery.change_events import Event
from rooms.delivery.pubsub import publish_once

from .hub import Hub

DRAIN_SECONDS = 2
_hub: Hub | None = None
_is_stopping = False


def hub() -> Hub:
    """The hub of this process, started on the first call; on the event loop only (Daphne has no lifespan events)."""
    global _hub
    if _hub is None:
        _hub = Hub()
        _hub.start()
    return _hub


def running() -> Hub | None:
    """The hub of this process, or None where none runs."""
    return _hub


def is_stopping() -> bool:
    """Whether the server is about to stop: new clients are sent away to come back."""
    return _is_stopping


async def drain() -> None:
    """The server is about to stop: queued messages are stored and acknowledged, then all clients are sent away."""
    global _is_stopping
    _is_stopping = True
    if _hub is not None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                await _hub.outbox.drain()
        _hub.clients.send_away()


async def close() -> None:
    """All clients are gone: stop the hub, and give up the leases it holds."""
    if _hub is not None:
        await _hub.close()


def publish(group: str, event: Event) -> None:
    """Publish an event from any thread but the event loop's: a view, the admin, a management command."""
    if _hub is not None:
        _hub.loop.call_soon_threadsafe(_hub.publish, group, event)
    elif get_channel_layer() is not None:
        async_to_sync(publish_once)(group, event)
