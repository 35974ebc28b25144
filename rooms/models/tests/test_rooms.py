"""Room names, private conversations, and closing."""

import pytest

from rooms.models import Room
from rooms.protocol.errors import ChatError
from tests.people import unique


def code_of(call, *args):
    with pytest.raises(ChatError) as refused:
        call(*args)
    return refused.value.code


def test_confusable_name_is_taken_until_the_room_closes(people, room):
    twin = room.name.replace("o", "\N{CYRILLIC SMALL LETTER O}").upper()
    assert code_of(Room.create, people.bruno.user, twin) == "room_taken"

    assert room.close(people.ana.user)

    assert Room.create(people.bruno.user, twin).name == twin


def test_rename_keeps_the_head_of_the_log(people, room):
    stale = Room.objects.get(pk=room.pk)
    Room.objects.filter(pk=room.pk).update(last_seq=7, version=9)
    name = unique("new")

    stale.rename(name)

    room.refresh_from_db()
    assert (room.name, room.last_seq, room.version) == (name, 7, 9)
    assert code_of(room.rename, "Main") == "room_taken"
    assert code_of(room.rename, "") == "bad_name"


def test_conversation_of_two_users_is_one_room(people):
    ana, bruno = people.ana.user, people.bruno.user

    room = Room.between(ana, bruno)

    assert Room.between(bruno, ana) == room
    assert sorted(room.member_ids) == sorted([ana.pk, bruno.pk]) and room.membership_set.count() == 2
    assert code_of(Room.between, ana, ana) == "private_to_self"


def test_room_closes_once_and_the_default_room_never(people, room):
    assert [room.close(people.ana.user) for _ in range(2)] == [True, False]
    assert code_of(Room.default().close, people.ana.user) == "default_room_stays"


def test_temporary_rooms_are_open_public_and_neither_permanent_nor_default(people, room):
    permanent = Room.create(people.bruno.user, unique("permanent"))
    Room.objects.filter(pk=permanent.pk).update(permanent=True)
    closed = Room.create(people.carla.user, unique("closed"))
    closed.close(people.carla.user)
    private = Room.between(people.ana.user, people.bruno.user)

    found = Room.temporary().filter(pk__in=[room.pk, permanent.pk, closed.pk, private.pk, Room.default().pk])

    assert [one.pk for one in found] == [room.pk]
