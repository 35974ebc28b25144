"""A hub in the process of the tests, and clients without a network connection."""

import asyncio
import json

import pytest

from rooms.client.client import Client
from rooms.client.connection import Connection
from rooms.hub.hub import Hub
from tests.waiting import TIMEOUT_SECONDS, eventually


@pytest.fixture
async def hub(committed):
    """A hub in this process, started and closed as in production."""
    hub = Hub()
    hub.start()
    async with asyncio.timeout(TIMEOUT_SECONDS):
        await hub.lobby.ready.wait()
    yield hub
    await hub.close()


@pytest.fixture
def connect(people, hub):
    """Factory of clients without a `hello` yet: `connect("ana")`; `client.frames` has the frames sent to it."""
    users = {name: person.user for name, person in vars(people).items()}

    def connected(name):
        frames = []

        async def send(event):
            frames.append(json.loads(event["text"]) if "text" in event else event)

        client = Client(hub, users[name], "a session", Connection({}, send, "en"))
        hub.clients.connections.add(client.connection)
        client.frames = frames
        return client

    return connected


async def until(question):
    """Wait until the hub has reached a state."""
    await eventually(question, every=0.002, what="the hub reaches the state")


def events_of(client, room):
    """Return the `events` frames of a room that a client received."""
    return [frame for frame in client.frames if frame["type"] == "events" and frame["room"] == room.pk]
