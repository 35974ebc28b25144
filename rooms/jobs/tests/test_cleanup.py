"""What is over goes, a little at a time, and by one server process at a time."""

import asyncio
import uuid
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from accounts.models import Attempt, Session
from common.db import batched_delete
from rooms.jobs.cleanup import DUTY, Housekeeper
from rooms.jobs.models import Duty
from rooms.log.batch import write
from rooms.log.drafts import Draft
from rooms.models import Room
from rooms.presence.models import Process, Socket
from rooms.webhooks.models import Delivery, OutgoingHook
from tests.people import unique

LONG_AGO = timezone.now() - timedelta(days=400)
pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture
async def housekeepers(committed, monkeypatch):
    """Two of them, of two processes; and parts of two rows."""
    monkeypatch.setattr(batched_delete, "ROWS", 2)
    await Duty.objects.filter(name=DUTY).aupdate(holder=None)
    both = [Housekeeper(), Housekeeper()]
    yield both
    for one in both:
        one._task.cancel()
    await Duty.objects.filter(name=DUTY).aupdate(holder=None)


@pytest.fixture
def over(people):
    """Rows that are over, as queries that find them; and those beside them which are not."""
    ana = people.ana.user
    keys = [unique("expired") for _ in range(5)]
    for key in keys:
        Session.objects.create(session_key=key, expire_date=LONG_AGO, user=ana)
    tried = Attempt.note([unique("try") for _ in range(5)])
    Attempt.objects.filter(pk__in=[attempt.pk for attempt in tried[1:]]).update(at=LONG_AGO)
    process = Process.objects.create(name=unique("dead"), expires_at=LONG_AGO)
    Socket.objects.create(pk=uuid.uuid4().int >> 66, process=process, user=ana, room=Room.default())
    room = Room.create(ana, unique("closed"))
    room.admit(ana)
    write([Draft(ana.pk, room.pk, uuid.uuid4(), "long ago"), Draft(ana.pk, room.pk, uuid.uuid4(), "too")])
    hook = OutgoingHook.make(room, "https://example.org/", ana)
    for one, state in zip(room.message_set.all(), (Delivery.State.DONE, Delivery.State.WAITING), strict=True):
        Delivery.objects.create(hook=hook, message=one, version=1, state=state, created_at=LONG_AGO)
    gone = [Session.objects.filter(pk__in=keys), Attempt.objects.filter(pk__in=[a.pk for a in tried[1:]])]
    gone += [Process.objects.filter(pk=process.pk), Socket.objects.filter(process=process.pk)]
    gone += [hook.deliveries.filter(state=Delivery.State.DONE)]
    stays = [people.ana.user.sessions.exclude(pk__in=keys), Attempt.objects.filter(pk=tried[0].pk)]
    return gone, [*stays, hook.deliveries.filter(state=Delivery.State.WAITING)], room


async def test_where_nothing_is_over_nothing_fails(housekeepers, caplog):
    await housekeepers[0].work()
    caplog.clear()
    await housekeepers[0].work()
    assert not caplog.records


async def test_what_is_over_goes_and_nothing_else(housekeepers, over):
    gone, stays, _room = over
    await housekeepers[0].work()
    assert [await rows.acount() for rows in gone] == [0] * len(gone)
    assert [await rows.acount() for rows in stays] == [1] * len(stays)


async def test_the_log_of_a_room_closed_long_ago_goes_with_it(housekeepers, over):
    _gone, _stays, room = over
    await Room.objects.filter(pk=room.pk).aupdate(closed_at=LONG_AGO)
    await housekeepers[0].work()
    assert not await Room.objects.filter(pk=room.pk).aexists()


async def test_only_one_works_until_it_dies(housekeepers, over):
    gone, _stays, _room = over
    one, other = housekeepers
    assert await sync_to_async(Duty.take)(DUTY, one._id)
    await other.work()
    assert await gone[0].acount() == 5
    await Duty.objects.filter(name=DUTY).aupdate(expires_at=LONG_AGO)
    await asyncio.gather(other.work(), one.work())
    assert await gone[0].acount() == 0
