"""Room lists of removed members, under races between access checks, pubsub events and joins."""

import asyncio
import threading
from dataclasses import replace

import pytest
from asgiref.sync import sync_to_async
from django.db.models.functions import Now

from rooms.models import Membership, Room
from rooms.moderation import access
from tests.hubs import until
from tests.people import unique
from tests.waiting import PATIENCE_SECONDS


@pytest.fixture
def room(people):
    return Room.create(people.ana.user, unique("room"))


def remove(user, room):
    Membership.objects.filter(room=room, user=user).update(removed_at=Now())


def allow_return(user, room):
    Membership.objects.filter(room=room, user=user).update(may_return_at=Now())


@pytest.fixture
async def removed(hub, room, connect):
    """Client of ana in the default room, removed from `room` but with it still listed; periodic checks are off."""
    for task in hub._tasks:
        task.cancel()
    ana = connect("ana")
    await ana.open()
    await sync_to_async(room.admit)(ana.user)
    await until(lambda: room.pk in hub.lobby.seen.rooms)
    await sync_to_async(remove)(ana.user, room)
    return ana


def list_changes(client, room):
    """Changes of a room's place on the client's list, in order: a `room_gone` reason, or `listed`."""
    told = []
    for frame in client.told:
        if frame["type"] == "room_gone" and frame["room"] == room.pk:
            told.append(frame["reason"])
        elif frame["type"] == "rooms":
            told += ["listed" for card in frame["rooms"] if card["id"] == room.pk]
    return told


async def test_room_is_listed_again_after_return_time_without_event(hub, room, removed):
    await hub._check_heads()
    assert list_changes(removed, room)[-1] == "removed"

    await sync_to_async(allow_return)(removed.user, room)
    await hub._check_heads()

    assert list_changes(removed, room)[-1] == "listed"
    assert room.pk not in removed.hidden


async def test_stale_check_does_not_remove_readmitted_member(hub, room, removed, paused_check):
    stale = asyncio.ensure_future(hub.order.check([removed.user.pk]))
    await until(paused_check.is_paused)
    await sync_to_async(allow_return)(removed.user, room)
    await hub.order.check([removed.user.pk])

    paused_check.resume()
    await stale

    assert "removed" not in list_changes(removed, room)
    assert room.pk not in removed.hidden


async def test_stale_check_does_not_remove_member_who_joined(hub, room, removed, paused_check):
    stale = asyncio.ensure_future(hub.order.check([removed.user.pk]))
    await until(paused_check.is_paused)
    await sync_to_async(allow_return)(removed.user, room)
    await removed.enter(room)

    paused_check.resume()
    await stale

    assert removed in hub.listeners(room.pk)
    assert removed.room_id == room.pk


async def test_room_missing_in_snapshot_is_listed_with_the_next_one(hub, room, removed):
    await hub._check_heads()
    without = {pk: one for pk, one in hub.lobby.seen.rooms.items() if pk != room.pk}
    hub.lobby.seen = replace(hub.lobby.seen, rooms=without, _cards={})
    so_far = len(removed.told)

    await sync_to_async(allow_return)(removed.user, room)
    await hub._check_heads()
    await hub.lobby._look()

    lists = [frame["rooms"] for frame in removed.told[so_far:] if frame["type"] == "rooms"]
    assert all(lists), "a list of nothing says nothing"
    assert list_changes(removed, room)[-1] == "listed"


@pytest.mark.parametrize("access_is_checked_first", [True, False])
async def test_removed_member_is_not_notified_of_closing(hub, room, removed, access_is_checked_first):
    await hub._check_heads()
    await sync_to_async(room.close)(removed.user)

    if access_is_checked_first:
        await hub._check_heads()
    await hub.lobby._look()
    await hub._check_heads()

    assert list_changes(removed, room)[-1] == "removed"


class PausedCheck:
    """Wraps `look_at`: the first call reads, then waits for `resume`; later calls do not wait."""

    def __init__(self, look_at):
        self._look_at = look_at
        self._has_read, self._may_go_on = threading.Event(), threading.Event()

    def __call__(self, user_ids):
        found, is_first = self._look_at(user_ids), not self._has_read.is_set()
        self._has_read.set()
        if is_first:
            assert self._may_go_on.wait(PATIENCE_SECONDS)
        return found

    def is_paused(self):
        return self._has_read.is_set()

    def resume(self):
        self._may_go_on.set()


@pytest.fixture
def paused_check(removed, monkeypatch):
    held = PausedCheck(access.look_at)
    monkeypatch.setattr(access, "look_at", held)
    yield held
    held.resume()
