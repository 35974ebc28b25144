"""The hub: races between clients that connect, move and leave."""

import asyncio
import itertools
import threading
import time
import uuid
from dataclasses import replace

import pytest
from asgiref.sync import sync_to_async
from django.db.models.functions import Now

from rooms.delivery.change_events import room_group
from rooms.direct.hub_part import DirectConversations
from rooms.gateway import consumer
from rooms.lab.hub_part import LabPart
from rooms.log.batch import write
from rooms.log.drafts import Draft
from rooms.models import Membership, Room
from rooms.presence import leases
from rooms.protocol.client_frames import HistoryFrame
from rooms.protocol.errors import ChatError
from rooms.unread.hub_part import UnreadPart
from tests.hubs import events_of, until
from tests.people import unique
from tests.waiting import let_others_run


@pytest.fixture
def room(people):
    return Room.create(people.ana.user, unique("room"))


@pytest.fixture
def conversations(people):
    """Two conversations of ana with a message in each."""
    ana = people.ana.user
    rooms = [Room.between(ana, person.user) for person in (people.bruno, people.carla)]
    write([Draft(ana.pk, room.pk, uuid.uuid4(), "hola") for room in rooms])
    return [Room.objects.get(pk=room.pk) for room in rooms]


async def test_client_is_subscribed_though_another_leaves_meanwhile(hub, room, connect):
    ana, bruno = connect("ana"), connect("bruno")
    hub.register(bruno)

    entering = asyncio.ensure_future(hub.subscribe(ana, room, "", 0))
    await until(lambda: room.pk in hub.feeds._feeds)
    hub.unregister(bruno)
    await entering

    assert hub.subscribers(room.pk) == {ana}


def later_change(room):
    """Return the event of a change committed after the room was read."""
    numbers = {"epoch": room.epoch, "since": room.version, "version": room.version + 1}
    return {"type": "saved", "room": room.pk, "messages": [], "members": [], **numbers}


@pytest.mark.footing("grown")
async def test_feed_that_cannot_start_leaves_no_subscription(hub, room, connect):
    ana = connect("ana")
    hub.register(ana)
    await sync_to_async(Room.objects.filter(pk=room.pk).delete)()

    with pytest.raises(Room.DoesNotExist):
        await hub.subscribe(ana, room, "", 0)

    assert room_group(room.pk) not in hub.pubsub._wanted


async def test_hello_is_the_first_frame(hub, room, conversations, connect):
    ana = connect("ana")

    opening = asyncio.ensure_future(ana.open())
    await let_others_run()
    hub.part(LabPart).broadcast("words for everybody", "staff")
    hub.publish_listing(ana.user.pk, room, is_hidden=True)
    await until(lambda: hub.subscribers(conversations[0].pk))
    hub._on_event(later_change(conversations[0]))
    await opening

    assert ana.frames[0]["type"] == "hello"
    assert events_of(ana, conversations[0])


async def test_message_between_read_and_subscription_is_delivered(hub, conversations, connect):
    first, second, stale = connect("ana"), connect("ana"), conversations[0]
    await first.open()

    saved = await hub.outbox.post(Draft(first.user.pk, stale.pk, uuid.uuid4(), "in between"))
    await hub.subscribe_at(second, stale)

    [events] = events_of(second, stale)
    assert [message["seq"] for message in events["messages"]] == [saved.message.seq]
    assert hub.subscribers(stale.pk) == {first, second}


async def test_conversation_that_begins_while_being_opened_is_opened_once(hub, conversations, connect):
    ana, room = connect("ana"), conversations[0]
    await ana.open()
    hub.unsubscribe(ana, room.pk)
    hub.part(DirectConversations)._open[ana].clear()

    hub.part(DirectConversations)._notice(ana, room.pk)
    await ana.enter(room)
    await until(lambda: not ana.moving.locked())

    assert len(events_of(ana, room)) == 1
    assert hub.subscribers(room.pk) == {ana}


async def test_client_that_moves_while_its_room_closes_stays_where_it_went(hub, room, connect):
    ana = connect("ana")
    await ana.open()
    default = ana.room_id

    moving = asyncio.ensure_future(ana.enter(room))
    await let_others_run()
    await ana.move_to_default(default)
    await moving

    assert ana.room_id == room.pk


async def test_room_that_cannot_be_read_delays_no_other(hub, room, connect):
    ana, bruno, carla = connect("ana"), connect("bruno"), connect("carla")
    other = await sync_to_async(Room.create)(ana.user, unique("other"))
    for client, place in ((ana, room), (bruno, other), (carla, other)):
        await client.open(place.pk)
    await sync_to_async(write)([Draft(one.user.pk, one.room_id, uuid.uuid4(), "hola") for one in (ana, bruno)])
    await sync_to_async(remove)(carla.user, other)
    hub.feeds._feeds[room.pk].refresh = cannot

    await hub._check_heads()

    assert [message["text"] for message in events_of(bruno, other)[-1]["messages"]] == ["hola"]
    assert carla not in hub.subscribers(other.pk)


async def cannot(_cause):
    raise RuntimeError("whatever it is")


async def test_head_check_takes_removed_user_out_of_the_room(hub, room, connect):
    ana = connect("ana")
    await ana.open(room.pk)
    await sync_to_async(remove)(ana.user, room)

    await hub._check_heads()

    gone = [frame for frame in ana.frames if frame["type"] == "room_gone" and frame["room"] == room.pk]
    assert [frame["reason"] for frame in gone] == ["removed"]
    assert ana.room_id == hub.lobby.snapshot.default.pk
    assert not hub.subscribers(room.pk)
    with pytest.raises(ChatError) as refused:
        hub.part(UnreadPart).read(ana, room.pk, 1)
    assert refused.value.code == "not_here"


async def test_removed_user_cannot_return_by_connecting(hub, room, connect):
    ana = connect("ana")
    await sync_to_async(room.admit)(ana.user)
    await sync_to_async(remove)(ana.user, room)

    await ana.open(room.pk)

    assert ana.frames[0]["room"] == hub.lobby.snapshot.default.pk
    assert not hub.subscribers(room.pk)


def remove(user, room):
    Membership.objects.filter(room=room, user=user).update(removed_at=Now())


async def test_process_frozen_during_a_refresh_sends_nothing_of_it(hub, connect):
    ana = connect("ana")
    await ana.open()
    hub.lobby.snapshot = replace(hub.lobby.snapshot, rooms={})  # so the next snapshot changes everything
    looking, told_before = asyncio.ensure_future(hub.lobby._refresh()), len(ana.frames)
    await let_others_run()

    hub.leases._until = time.monotonic()
    await looking

    assert ana.frames[told_before]["type"] == "bye"


@pytest.fixture
def cleanup_fails(monkeypatch):
    """Let the cleanup fail at every renewal of the lease, and renew often."""

    def fail(*_):
        raise RuntimeError("too much to clean up")

    monkeypatch.setattr(leases.Leases, "_delete_orphans", fail)
    monkeypatch.setattr(leases, "RENEWAL_SECONDS", 0.02)


async def test_failing_cleanup_does_not_break_the_watch(cleanup_fails, hub, caplog):
    await until(lambda: sum("too much to clean up" in str(record.exc_info) for record in caplog.records) > 1)
    await until(lambda: hub.leases.is_watching)

    assert not hub.leases._breaks, "each break of the watch restarts all countdowns"


async def test_closed_room_leaves_no_read_markers(hub, room, connect):
    ana = connect("ana")
    await ana.open(room.pk)
    await hub.part(UnreadPart).poll()
    markers = hub.part(UnreadPart).markers
    assert markers.card(ana.user.pk, room.pk)

    await sync_to_async(room.close)(ana.user)
    await hub.part(UnreadPart).poll()
    await hub.part(UnreadPart).poll()

    assert not markers.card(ana.user.pk, room.pk)
    assert room.pk not in markers._readers and room.pk not in markers._read[ana.user.pk]


async def test_pages_of_history_are_read_one_at_a_time(hub, room, connect, monkeypatch):
    """Each thread that builds rows holds the GIL and delays the acks of all clients."""
    client, frame = connect("ana"), HistoryFrame(type="history", room=room.pk, limit=10)
    await client.open()
    asked, company = itertools.count(), threading.Event()

    def page(_client, _frame):
        if next(asked):
            company.set()
            return [], False
        return [], company.wait(0.2)

    monkeypatch.setattr(consumer, "read_page", page)
    await asyncio.gather(*(consumer.history(client, frame) for _ in range(4)))

    assert [frame["more"] for frame in client.frames if frame["type"] == "page"] == [False] * 4
