"""Which rooms are off a client's list: newer snapshots replace older ones, in whatever order they arrive."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.client.room_access import AccessSnapshot, RoomAccess

pytestmark = pytest.mark.footing("embedded")

MEMBERSHIP: Any = object()


def snapshot(as_of, *room_ids):
    return AccessSnapshot(as_of, dict.fromkeys(room_ids, MEMBERSHIP))


def test_snapshot_closes_and_opens_rooms():
    access = RoomAccess(removed=[1, 2])
    assert access.apply(snapshot(1, 2, 3)) == ({3}, {1})
    assert access.unlisted == {2, 3}


def test_older_snapshot_is_ignored():
    access = RoomAccess()
    access.apply(snapshot(2))
    assert access.apply(snapshot(1, 7)) is None
    assert access.newly_removed(snapshot(1, 7)) == set()
    assert access.unlisted == set()


def test_snapshot_read_before_the_client_joined_does_not_remove_it():
    access = RoomAccess(removed=[7])
    access.join([7], as_of=3)
    assert access.apply(snapshot(3, 7)) is None
    assert access.unlisted == set()


def test_room_hidden_before_the_removal_is_listed_when_it_opens_again():
    access = RoomAccess(hidden=[7])
    assert access.apply(snapshot(1, 7)) == ({7}, set())
    assert access.apply(snapshot(2)) == (set(), {7})


def test_snapshot_that_says_what_is_known_is_current():
    access = RoomAccess(removed=[7])
    assert access.is_current(snapshot(5, 7))
    assert access.as_of == 5


@given(st.permutations([snapshot(number, *rooms) for number, rooms in enumerate([(1,), (1, 2), (), (3,)], start=1)]))
def test_newest_snapshot_wins_in_any_order(snapshots):
    access = RoomAccess()
    for one in snapshots:
        access.apply(one)
    assert access.unlisted == {3}
