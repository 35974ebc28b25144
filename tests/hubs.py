"""A whole hub in the process of the tests, and clients without a network connection."""

import asyncio
import json

import pytest

from rooms.client.client import Client
from rooms.client.connection import Connection
from rooms.hub.hub import Hub
from tests.waiting import TIMEOUT_SECONDS, eventually


@pytest.fixture
async def hub(committed):
    """A whole hub in this process, started and closed as in production."""
    hub = Hub()
    hub.start()
    async with asyncio.timeout(TIMEOUT_SECONDS):
        await hub.lobby.ready.wait()
    yield hub
    await hub.close()


@pytest.fixture
def connect(people, hub):
    """`connect("ana")`: a client of hers, not greeted yet, with the frames it gets in `client.frames`."""
    users = {name: person.user for name, person in vars(people).items()}

    def connected(name):
        told = []

        async def send(event):
            told.append(json.loads(event["text"]) if "text" in event else event)

        client = Client(hub, users[name], "a session", Connection({}, send, "en"))
        hub.clients.connections.add(client.connection)
        client.frames = told
        return client

    return connected


async def until(question):
    """Wait until the hub has done something."""
    await eventually(question, every=0.002, what="what the hub is to do")


def events_of(client, room):
    """The `events` frames that a client got of a room."""
    return [frame for frame in client.frames if frame["type"] == "events" and frame["room"] == room.pk]
