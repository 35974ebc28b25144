"""Who is kept out of a room has it on no list, and has it there again once they may come back, whatever comes first."""

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


def let_back(user, room):
    Membership.objects.filter(room=room, user=user).update(may_return_at=Now())


@pytest.fixture
async def ousted(hub, room, connect):
    """Ana, in the default room, and removed from `room`, which she has on her list yet: nothing looks by itself."""
    for task in hub._tasks:
        task.cancel()
    ana = connect("ana")
    await ana.open()
    await sync_to_async(room.admit)(ana.user)
    await until(lambda: room.pk in hub.lobby.seen.rooms)
    await sync_to_async(remove)(ana.user, room)
    return ana


def told_of(client, room):
    """What a client was told of a room's place on its list, in access."""
    told = []
    for frame in client.told:
        if frame["type"] == "room_gone" and frame["room"] == room.pk:
            told.append(frame["reason"])
        elif frame["type"] == "rooms":
            told += ["listed" for card in frame["rooms"] if card["id"] == room.pk]
    return told


async def test_who_may_come_back_has_the_room_on_their_list_again_though_no_ring_tells(hub, room, ousted):
    await hub._check_heads()
    assert told_of(ousted, room)[-1] == "removed"

    await sync_to_async(let_back)(ousted.user, room)
    await hub._check_heads()

    assert told_of(ousted, room)[-1] == "listed"
    assert room.pk not in ousted.hidden


async def test_a_look_from_before_somebody_was_let_back_does_not_put_them_out_again(hub, room, ousted, held_look):
    stale = asyncio.ensure_future(hub.order.check([ousted.user.pk]))
    await until(held_look.is_held)
    await sync_to_async(let_back)(ousted.user, room)
    await hub.order.check([ousted.user.pk])

    held_look.let_go()
    await stale

    assert "removed" not in told_of(ousted, room)
    assert room.pk not in ousted.hidden


async def test_a_look_from_before_somebody_came_in_does_not_put_them_out(hub, room, ousted, held_look):
    stale = asyncio.ensure_future(hub.order.check([ousted.user.pk]))
    await until(held_look.is_held)
    await sync_to_async(let_back)(ousted.user, room)
    await ousted.enter(room)

    held_look.let_go()
    await stale

    assert ousted in hub.listeners(room.pk)
    assert ousted.room_id == room.pk


async def test_a_room_that_is_too_new_for_the_lobby_is_told_of_once_it_is_seen(hub, room, ousted):
    await hub._check_heads()
    without = {pk: one for pk, one in hub.lobby.seen.rooms.items() if pk != room.pk}
    hub.lobby.seen = replace(hub.lobby.seen, rooms=without, _cards={})
    so_far = len(ousted.told)

    await sync_to_async(let_back)(ousted.user, room)
    await hub._check_heads()
    await hub.lobby._look()

    lists = [frame["rooms"] for frame in ousted.told[so_far:] if frame["type"] == "rooms"]
    assert all(lists), "a list of nothing says nothing"
    assert told_of(ousted, room)[-1] == "listed"


@pytest.mark.parametrize("order_is_looked_at_first", [True, False])
async def test_who_is_kept_out_of_a_room_does_not_learn_of_its_end(hub, room, ousted, order_is_looked_at_first):
    await hub._check_heads()
    await sync_to_async(room.close)(ousted.user)

    if order_is_looked_at_first:
        await hub._check_heads()
    await hub.lobby._look()
    await hub._check_heads()

    assert told_of(ousted, room)[-1] == "removed"


class HeldLook:
    """The first look of `Order` reads, and is then held until `let_go`; those after it are not."""

    def __init__(self, look_at):
        self._look_at = look_at
        self._has_read, self._may_go_on = threading.Event(), threading.Event()

    def __call__(self, user_ids):
        found, is_first = self._look_at(user_ids), not self._has_read.is_set()
        self._has_read.set()
        if is_first:
            assert self._may_go_on.wait(PATIENCE_SECONDS)
        return found

    def is_held(self):
        return self._has_read.is_set()

    def let_go(self):
        self._may_go_on.set()


@pytest.fixture
def held_look(ousted, monkeypatch):
    held = HeldLook(access.look_at)
    monkeypatch.setattr(access, "look_at", held)
    yield held
    held.let_go()
