"""A room is unlisted for removed users and listed again when they may return, in any order of events and polls."""

import asyncio
import threading
from dataclasses import replace

import pytest
from asgiref.sync import sync_to_async
from django.db.models.functions import Now

from rooms.hub import access_monitor
from rooms.models import Membership, Room
from tests.hubs import until
from tests.people import unique
from tests.waiting import TIMEOUT_SECONDS


@pytest.fixture
def room(people):
    return Room.create(people.ana.user, unique("room"))


def remove(user, room):
    Membership.objects.filter(room=room, user=user).update(removed_at=Now())


def allow_return(user, room):
    Membership.objects.filter(room=room, user=user).update(may_return_at=Now())


@pytest.fixture
async def ana(hub, room, connect):
    """A client of ana in the default room, removed from `room`, which is still on her list; polling is off."""
    await hub._tasks.close()
    ana = connect("ana")
    await ana.open()
    await sync_to_async(room.admit)(ana.user)
    await until(lambda: room.pk in hub.lobby.snapshot.rooms)
    await sync_to_async(remove)(ana.user, room)
    return ana


def list_changes(client, room):
    """Return the changes of a room on the client's list: `listed`, or the reason of its removal."""
    changes = []
    for frame in client.frames:
        if frame["type"] == "room_gone" and frame["room"] == room.pk:
            changes.append(frame["reason"])
        elif frame["type"] == "rooms":
            changes += ["listed" for card in frame["rooms"] if card["id"] == room.pk]
    return changes


async def test_room_is_listed_again_without_an_event(hub, room, ana):
    await hub._check_heads()
    assert list_changes(ana, room)[-1] == "removed"

    await sync_to_async(allow_return)(ana.user, room)
    await hub._check_heads()

    assert list_changes(ana, room)[-1] == "listed"
    assert room.pk not in ana.unlisted


async def test_older_query_does_not_undo_a_newer_one(hub, room, ana, held_query):
    stale = asyncio.ensure_future(hub.access.check([ana.user.pk]))
    await until(held_query.is_held)
    await sync_to_async(allow_return)(ana.user, room)
    await hub.access.check([ana.user.pk])

    held_query.release()
    await stale

    assert "removed" not in list_changes(ana, room)
    assert room.pk not in ana.unlisted


async def test_older_query_does_not_remove_a_client_that_came_in_later(hub, room, ana, held_query):
    stale = asyncio.ensure_future(hub.access.check([ana.user.pk]))
    await until(held_query.is_held)
    await sync_to_async(allow_return)(ana.user, room)
    await ana.enter(room)

    held_query.release()
    await stale

    assert ana in hub.subscribers(room.pk)
    assert ana.room_id == room.pk


async def test_room_too_new_for_the_snapshot_is_listed_with_the_next_one(hub, room, ana):
    await hub._check_heads()
    without = {pk: one for pk, one in hub.lobby.snapshot.rooms.items() if pk != room.pk}
    hub.lobby.snapshot = replace(hub.lobby.snapshot, rooms=without)
    so_far = len(ana.frames)

    await sync_to_async(allow_return)(ana.user, room)
    await hub._check_heads()
    await hub.lobby._refresh()

    lists = [frame["rooms"] for frame in ana.frames[so_far:] if frame["type"] == "rooms"]
    assert all(lists), "a list of nothing says nothing"
    assert list_changes(ana, room)[-1] == "listed"


@pytest.mark.parametrize("access_is_checked_first", [True, False])
async def test_removed_user_gets_no_notice_of_closing(hub, room, ana, access_is_checked_first):
    await hub._check_heads()
    await sync_to_async(room.close)(ana.user)

    if access_is_checked_first:
        await hub._check_heads()
    await hub.lobby._refresh()
    await hub._check_heads()

    assert list_changes(ana, room)[-1] == "removed"


class HeldQuery:
    """A query whose first result is held until `release`; later ones are not."""

    def __init__(self, query):
        self._query = query
        self._has_read, self._may_return = threading.Event(), threading.Event()

    def __call__(self, user_ids):
        found, is_first = self._query(user_ids), not self._has_read.is_set()
        self._has_read.set()
        if is_first:
            assert self._may_return.wait(TIMEOUT_SECONDS)
        return found

    def is_held(self):
        return self._has_read.is_set()

    def release(self):
        self._may_return.set()


@pytest.fixture
def held_query(ana, monkeypatch):
    held = HeldQuery(access_monitor._removals)
    monkeypatch.setattr(access_monitor, "_removals", held)
    yield held
    held.release()
