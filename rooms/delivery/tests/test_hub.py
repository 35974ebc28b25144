"""The hub from inside: what happens between two steps of those who come and go."""

import asyncio
import itertools
import threading
import time
import uuid
from dataclasses import replace

import pytest
from asgiref.sync import sync_to_async
from django.db.models.functions import Now

from rooms.delivery.hub import every, room_group
from rooms.gateway.consumer import ChatConsumer
from rooms.log.batch import write
from rooms.log.drafts import Draft
from rooms.models import Membership, Room
from rooms.presence import leases
from rooms.protocol import frames
from rooms.protocol.errors import ChatError
from tests.hubs import heard_in, until
from tests.people import unique
from tests.waiting import let_others_run


@pytest.fixture
def room(people):
    return Room.create(people.ana.user, unique("room"))


@pytest.fixture
def conversations(people):
    """Two of ana's, in which something was said."""
    ana = people.ana.user
    rooms = [Room.between(ana, person.user) for person in (people.bruno, people.carla)]
    write([Draft(ana.pk, room.pk, uuid.uuid4(), "hola") for room in rooms])
    return [Room.objects.get(pk=room.pk) for room in rooms]


async def test_who_waits_for_a_room_hears_it_though_somebody_leaves_meanwhile(hub, room, connect):
    ana, bruno = connect("ana"), connect("bruno")
    hub.connect(bruno)

    entering = asyncio.ensure_future(hub.enter(ana, room, "", 0))
    await until(lambda: room.pk in hub._feeds)
    hub.disconnect(bruno)
    await entering

    assert hub.listeners(room.pk) == {ana}


def said_more(room):
    """The ring for a change that came after the room was read."""
    numbers = {"epoch": room.epoch, "since": room.version, "version": room.version + 1}
    return {"type": "saved", "room": room.pk, "messages": [], "members": [], **numbers}


@pytest.mark.footing("grown")
async def test_a_room_that_could_not_be_begun_is_not_rung_for(hub, room, connect):
    ana = connect("ana")
    hub.connect(ana)
    await sync_to_async(Room.objects.filter(pk=room.pk).delete)()

    with pytest.raises(Room.DoesNotExist):
        await hub.enter(ana, room, "", 0)

    assert room_group(room.pk) not in hub.pubsub._wanted


async def test_nothing_is_told_before_hello(hub, room, conversations, connect):
    ana = connect("ana")

    opening = asyncio.ensure_future(ana.open())
    await let_others_run()
    hub.lab.broadcast("words for everybody", "staff")
    hub.relist(ana.user.pk, room, is_hidden=True)
    await until(lambda: hub.listeners(conversations[0].pk))
    hub._heard(said_more(conversations[0]))
    await opening

    assert ana.told[0]["type"] == "hello"
    assert heard_in(ana, conversations[0])


async def test_what_is_said_between_reading_and_listening_is_heard(hub, conversations, connect):
    first, second, stale = connect("ana"), connect("ana"), conversations[0]
    await first.open()

    saved = await hub.outbox.post(Draft(first.user.pk, stale.pk, uuid.uuid4(), "in between"))
    await hub.listen(second, stale)

    [events] = heard_in(second, stale)
    assert [message["seq"] for message in events["messages"]] == [saved.message.seq]
    assert hub.listeners(stale.pk) == {first, second}


async def test_a_conversation_that_begins_while_it_is_being_opened_is_opened_once(hub, conversations, connect):
    ana, room = connect("ana"), conversations[0]
    await ana.open()
    hub.leave(ana, room.pk)
    ana._conversations.clear()

    ana.meet(room.pk)
    await ana.enter(room)
    await until(lambda: not ana._moving.locked())

    assert len(heard_in(ana, room)) == 1
    assert hub.listeners(room.pk) == {ana}


async def test_who_moves_on_while_their_room_closes_stays_where_they_went(hub, room, connect):
    ana = connect("ana")
    await ana.open()
    default = ana.room_id

    moving = asyncio.ensure_future(ana.enter(room))
    await let_others_run()
    await ana.move_to_default(default)
    await moving

    assert ana.room_id == room.pk


async def test_a_room_that_cannot_be_read_keeps_no_other_from_being_read(hub, room, connect):
    ana, bruno, carla = connect("ana"), connect("bruno"), connect("carla")
    other = await sync_to_async(Room.create)(ana.user, unique("other"))
    for client, place in ((ana, room), (bruno, other), (carla, other)):
        await client.open(place.pk)
    await sync_to_async(write)([Draft(one.user.pk, one.room_id, uuid.uuid4(), "hola") for one in (ana, bruno)])
    await sync_to_async(remove)(carla.user, other)
    hub._feeds[room.pk].look = cannot

    await hub._check_heads()

    assert [message["text"] for message in heard_in(bruno, other)[-1]["messages"]] == ["hola"]
    assert carla not in hub.listeners(other.pk)


async def cannot(_cause):
    raise RuntimeError("whatever it is")


async def test_who_is_removed_from_a_room_is_taken_out_of_it(hub, room, connect):
    ana = connect("ana")
    await ana.open(room.pk)
    await sync_to_async(remove)(ana.user, room)

    await hub._check_heads()

    gone = [frame for frame in ana.told if frame["type"] == "room_gone" and frame["room"] == room.pk]
    assert [frame["reason"] for frame in gone] == ["removed"]
    assert ana.room_id == hub.lobby.seen.default.pk
    assert not hub.listeners(room.pk)
    with pytest.raises(ChatError) as refused:
        ana.read(room.pk, 1)
    assert refused.value.code == "not_here"


async def test_who_was_removed_does_not_come_back_by_connecting_there(hub, room, connect):
    ana = connect("ana")
    await sync_to_async(room.admit)(ana.user)
    await sync_to_async(remove)(ana.user, room)

    await ana.open(room.pk)

    assert ana.told[0]["room"] == hub.lobby.seen.default.pk
    assert not hub.listeners(room.pk)


def remove(user, room):
    Membership.objects.filter(room=room, user=user).update(removed_at=Now())


async def test_whoever_slept_over_a_look_tells_nothing_of_it(hub, connect):
    ana = connect("ana")
    await ana.open()
    hub.lobby.seen = replace(hub.lobby.seen, rooms={})  # so all that a look finds is news
    looking, told_before = asyncio.ensure_future(hub.lobby._look()), len(ana.told)
    await let_others_run()

    hub.leases._until = time.monotonic()
    await looking

    assert ana.told[told_before]["type"] == "bye"


@pytest.fixture
def clearing_up_fails(monkeypatch):
    """At every beat of a lease, and these follow each other fast."""

    def fail(*_):
        raise RuntimeError("too much to clear up")

    monkeypatch.setattr(leases.Leases, "_find_strays", fail)
    monkeypatch.setattr(leases, "RENEWAL_SECONDS", 0.02)


async def test_rooms_are_watched_though_clearing_up_fails(clearing_up_fails, hub, caplog):
    await until(lambda: sum("too much to clear up" in str(record.exc_info) for record in caplog.records) > 1)
    await until(lambda: hub.leases.is_watching)

    assert not hub.leases._breaks, "owners' absences begin anew each time"


async def test_a_check_that_fails_is_not_the_last():
    rounds = []

    async def check():
        rounds.append(len(rounds))
        raise RuntimeError("whatever it is")

    checking = asyncio.ensure_future(every(0, check))
    await until(lambda: len(rounds) > 2)
    checking.cancel()


async def test_a_room_that_closed_is_forgotten_by_the_marks_of_those_who_were_there(hub, room, connect):
    ana = connect("ana")
    await ana.open(room.pk)
    await hub.marks._look()
    assert hub.marks.of(ana.user.pk, room.pk)

    await sync_to_async(room.close)(ana.user)
    await hub.marks._look()
    await hub.marks._look()

    assert not hub.marks.of(ana.user.pk, room.pk)
    assert room.pk not in hub.marks._readers and room.pk not in hub.marks._read[ana.user.pk]


async def test_pages_are_read_one_after_another_however_many_ask(hub, room, connect):
    """Each thread that works is one more for everybody else's acks to wait for."""
    consumer, frame = ChatConsumer(), frames.HistoryPage(type="history", room=room.pk, limit=10)
    consumer.client = connect("ana")
    await consumer.client.open()
    asked, company = itertools.count(), threading.Event()

    def page(_frame):
        if next(asked):
            company.set()
            return [], False
        return [], company.wait(0.2)

    consumer._page = page
    await asyncio.gather(*(consumer.history(frame) for _ in range(4)))

    assert [told["more"] for told in consumer.client.told if told["type"] == "page"] == [False] * 4
