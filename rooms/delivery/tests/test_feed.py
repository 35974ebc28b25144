"""One room in one process: every subscriber gets every change, without a gap."""

import asyncio
import uuid

import pytest
from asgiref.sync import sync_to_async

from rooms.delivery import feed
from rooms.delivery.sequencer import Span
from rooms.log.batch import write
from rooms.log.drafts import Draft
from rooms.log.history import CATCH_UP_CHANGES, changes_since
from rooms.models import Room
from tests.hubs import events_of
from tests.people import unique
from tests.waiting import let_others_run


@pytest.fixture
def room(people):
    return Room.create(people.ana.user, unique("room"))


async def test_broken_connection_keeps_no_other_from_the_frame(hub, room, connect):
    working, *broken = clients = [connect(name) for name in ("ana", "bruno", "carla", "bruno", "carla")]
    for client in clients:
        await client.open(room.pk)
    for client in broken:
        client.connection._transport.pending_bytes = None

    await hub.outbox.post(Draft(working.user.pk, room.pk, uuid.uuid4(), "hola"))

    assert events_of(working, room)[-1]["version"] == 1
    assert all(client.connection.is_closed for client in broken)


async def test_head_check_delivers_many_missed_messages_without_a_reset(hub, room, connect):
    ana = connect("ana")
    await ana.open(room.pk)
    ana.frames.clear()
    said = [Draft(ana.user.pk, room.pk, uuid.uuid4(), "hola") for _ in range(2 * CATCH_UP_CHANGES)]
    await sync_to_async(write)(said)

    await hub._check_heads()

    [events] = events_of(ana, room)
    assert (events["since"], events["version"], "reset" in events) == (0, len(said), False)
    assert [message["seq"] for message in events["messages"]] == list(range(1, len(said) + 1))


async def test_events_during_a_refresh_spare_the_reset(hub, room, connect, monkeypatch):
    monkeypatch.setattr(feed, "REFRESH_CHANGES", 2)
    ana = connect("ana")
    await ana.open(room.pk)
    ana.frames.clear()
    await sync_to_async(write)([Draft(ana.user.pk, room.pk, uuid.uuid4(), "hola") for _ in range(5)])
    log = await sync_to_async(changes_since)(room.pk, room.epoch, 0)

    refreshing = asyncio.ensure_future(hub.feeds.get(room.pk).refresh("head_check"))
    await let_others_run()
    changes = [message.to_dict() for message in log.messages]
    hub.feeds.get(room.pk).offer(Span(room.epoch, 0, log.version, changes))
    await refreshing

    [events] = events_of(ana, room)
    assert (events["since"], events["version"], "reset" in events) == (0, 5, False)
