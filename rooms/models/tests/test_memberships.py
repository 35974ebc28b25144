"""Removals, bans, returning, and the user's own list."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from rooms.models import Membership, Room
from rooms.protocol.errors import ChatError


@pytest.fixture
def bruno(people, room):
    """Bruno's membership in ana's room."""
    return Membership.objects.get(room=room, user=people.bruno.id)


def remove(membership, may_return_at):
    Membership.objects.filter(pk=membership.pk).update(removed_at=Now(), may_return_at=may_return_at, hidden_at=Now())
    membership.refresh_from_db()


@pytest.mark.parametrize("may_return_at", [None, Now() + timedelta(minutes=10)], ids=["banned", "removed"])
def test_removed_member_sees_no_room_and_cannot_return(people, room, bruno, may_return_at):
    remove(bruno, may_return_at)

    assert [one.room for one in Membership.removals([people.ana.id, people.bruno.id])] == [room]
    assert Membership.of_each([people.bruno.id]) == {people.bruno.id: {}}
    assert not bruno.readmit(last_seq=5)
    with pytest.raises(ChatError, match="no_such_room"):
        Room.visible_to(people.bruno.user, room.pk)
    with pytest.raises(ChatError, match="no_such_room"):
        room.admit(people.bruno.user)


def test_removed_member_returns_as_on_a_first_visit(people, room, bruno):
    remove(bruno, Now() - timedelta(seconds=1))
    assert Membership.removals([people.bruno.id]) == []

    room.last_seq = 5
    room.admit(people.bruno.user)

    bruno.refresh_from_db()
    assert (bruno.removed_at, bruno.may_return_at, bruno.hidden_at, bruno.read_seq) == (None, None, None, 5)


def test_removal_from_a_closed_room_is_still_one(people, room, bruno):
    remove(bruno, None)
    room.close(people.ana.user)

    assert [one.room for one in Membership.removals([people.bruno.id])] == [room]


def test_hiding_a_room_keeps_the_membership(people, room, bruno):
    room.hide_from(people.bruno.user)

    mine = Membership.of_each([people.bruno.id])[people.bruno.id][room.pk]
    assert mine.hidden_at is not None
    assert Room.visible_to(people.bruno.user, room.pk) == room
