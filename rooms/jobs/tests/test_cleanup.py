"""Deleting what has expired: in batches, and by one server process at a time."""

import asyncio
import uuid
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from accounts.models import Attempt, Session
from common.db import batched_delete
from rooms.jobs.hub_part import JOB, Cleanup
from rooms.jobs.models import SingletonJob
from rooms.log.batch import write
from rooms.log.drafts import Draft
from rooms.models import Room
from rooms.presence.models import Process, Socket
from rooms.webhooks.models import Delivery, OutgoingHook
from tests.people import unique

NO_HUB: Any = None  # cleaning up needs nothing of it
LONG_AGO = timezone.now() - timedelta(days=400)
pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture
async def cleanups(committed, monkeypatch):
    """Two of them, of two processes, with batches of two rows."""
    monkeypatch.setattr(batched_delete, "BATCH_ROWS", 2)
    await SingletonJob.objects.filter(name=JOB).aupdate(holder=None)
    both = [Cleanup(NO_HUB), Cleanup(NO_HUB)]
    yield both
    await SingletonJob.objects.filter(name=JOB).aupdate(holder=None)


@pytest.fixture
def expired(people):
    """Queries of rows that have expired, queries of rows that have not, and a room."""
    ana = people.ana.user
    keys = [unique("expired") for _ in range(5)]
    for key in keys:
        Session.objects.create(session_key=key, expire_date=LONG_AGO, user=ana)
    tried = Attempt.record([unique("try") for _ in range(5)])
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


async def test_round_without_expired_rows_logs_no_error(cleanups, caplog):
    await cleanups[0].run()
    caplog.clear()
    await cleanups[0].run()
    assert not caplog.records


async def test_round_deletes_expired_rows_only(cleanups, expired):
    gone, stays, _room = expired
    await cleanups[0].run()
    assert [await rows.acount() for rows in gone] == [0] * len(gone)
    assert [await rows.acount() for rows in stays] == [1] * len(stays)


async def test_room_closed_long_ago_is_deleted_with_its_log(cleanups, expired):
    _gone, _stays, room = expired
    await Room.objects.filter(pk=room.pk).aupdate(closed_at=LONG_AGO)
    await cleanups[0].run()
    assert not await Room.objects.filter(pk=room.pk).aexists()


async def test_only_the_holder_of_the_lease_works(cleanups, expired):
    gone, _stays, _room = expired
    one, other = cleanups
    assert await sync_to_async(SingletonJob.acquire)(JOB, one._id)
    await other.run()
    assert await gone[0].acount() == 5
    await SingletonJob.objects.filter(name=JOB).aupdate(expires_at=LONG_AGO)
    await asyncio.gather(other.run(), one.run())
    assert await gone[0].acount() == 0
