"""A whole hub in the process of the tests, and clients of it without a line."""

import asyncio
import itertools
import json

import pytest

from rooms.client.client import Client
from rooms.client.connection import Connection
from rooms.delivery.hub import Hub

from .waiting import PATIENCE_SECONDS, eventually


@pytest.fixture
async def hub(committed):
    """A whole hub in this process."""
    hub = Hub()
    async with asyncio.timeout(PATIENCE_SECONDS):
        await hub.lobby.begun.wait()
    yield hub
    theirs = (hub.lobby._tasks, hub.marks._tasks, [hub.leases._renewing, hub.leases._keeping, hub.webhooks._task])
    for task in itertools.chain(hub._tasks, *theirs, [hub.sessions.task, hub.housekeeper._task]):
        task.cancel()
    await hub.pubsub.close()


@pytest.fixture
def connect(people, hub):
    """`connect("ana")`: a client of hers, not greeted yet, and in `client.told` what it is told."""
    users = {name: person.user for name, person in vars(people).items()}

    def connected(name):
        told = []

        async def send(event):
            told.append(json.loads(event["text"]) if "text" in event else event)

        client = Client(hub, users[name], "a session", Connection({}, send, "en"))
        hub.lines.add(client.connection)
        client.told = told
        return client

    return connected


async def until(question):
    await eventually(question, every=0.002, what="what the hub is to do")


def heard_in(client, room):
    return [frame for frame in client.told if frame["type"] == "events" and frame["room"] == room.pk]
