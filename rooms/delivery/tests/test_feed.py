"""A room as one process delivers it: to everybody, without a gap, whatever happens meanwhile."""

import asyncio
import uuid

import pytest
from asgiref.sync import sync_to_async

from rooms.delivery import feed
from rooms.log.batch import write
from rooms.log.drafts import Draft
from rooms.log.history import CATCH_UP_CHANGES, changes_since
from rooms.models import Room
from tests.hubs import heard_in
from tests.people import unique
from tests.waiting import let_others_run


@pytest.fixture
def room(people):
    return Room.create(people.ana.user, unique("room"))


async def test_a_line_that_breaks_in_an_unforeseen_way_keeps_nobody_else_from_hearing(hub, room, connect):
    sound, *broken = clients = [connect(name) for name in ("ana", "bruno", "carla", "bruno", "carla")]
    for client in clients:
        await client.open(room.pk)
    for client in broken:
        client.connection._wire.pending_bytes = None

    await hub.outbox.post(Draft(sound.user.pk, room.pk, uuid.uuid4(), "hola"))

    assert heard_in(sound, room)[-1]["version"] == 1
    assert all(client.connection.closed for client in broken)


async def test_much_that_was_said_elsewhere_while_nothing_rang_is_heard_without_a_gap(hub, room, connect):
    ana = connect("ana")
    await ana.open(room.pk)
    ana.told.clear()
    said = [Draft(ana.user.pk, room.pk, uuid.uuid4(), "hola") for _ in range(2 * CATCH_UP_CHANGES)]
    await sync_to_async(write)(said)

    await hub._check_heads()

    [events] = heard_in(ana, room)
    assert (events["since"], events["version"], "reset" in events) == (0, len(said), False)
    assert [message["seq"] for message in events["messages"]] == list(range(1, len(said) + 1))


async def test_nobody_begins_anew_for_what_has_come_by_itself_meanwhile(hub, room, connect, monkeypatch):
    monkeypatch.setattr(feed, "BEHIND_CHANGES", 2)
    ana = connect("ana")
    await ana.open(room.pk)
    ana.told.clear()
    await sync_to_async(write)([Draft(ana.user.pk, room.pk, uuid.uuid4(), "hola") for _ in range(5)])
    log = await sync_to_async(changes_since)(room.pk, room.epoch, 0)

    looking = asyncio.ensure_future(hub._feeds[room.pk].look("head_check"))
    await let_others_run()
    hub._feeds[room.pk].offer(room.epoch, 0, log.version, [message.to_dict() for message in log.messages])
    await looking

    [events] = heard_in(ana, room)
    assert (events["since"], events["version"], "reset" in events) == (0, 5, False)
