"""The notification level of a room, chosen by each member."""

import pytest

from rooms.models import Membership, Room
from tests.people import unique

pytestmark = pytest.mark.django_db


@pytest.fixture
def room(people):
    """A room of ana, with bruno as a member."""
    made = Room.create(people.ana.user, unique("room"))
    for person in (people.ana, people.bruno):
        made.admit(person.user)
    return made


def choose(client, person, room_id, level):
    client.force_login(person.user)
    return client.post(f"/rooms/{room_id}/level/", {"level": level}).status_code


def test_level_is_stored_for_one_member(client, people, room):
    assert choose(client, people.ana, room.pk, "nothing") == 204
    assert Membership.levels_of(people.ana.user) == {room.pk: "nothing"}
    assert Membership.levels_of(people.bruno.user) == {}


def test_level_change_is_found_by_polling(client, people, room):
    mine = Membership.objects.filter(room=room, user=people.ana.user)
    mine.update(changed_at=room.created_at)

    choose(client, people.ana, room.pk, "nothing")

    assert mine.get().changed_at > room.created_at


def test_unknown_level_is_refused(client, people, room):
    assert [choose(client, people.ana, room.pk, level) for level in ("", "some", "<script>")] == [400] * 3
    assert Membership.levels_of(people.ana.user) == {}


def test_level_requires_membership(client, people, room):
    hers = Room.between(people.ana.user, people.bruno.user)
    answers = [choose(client, people.carla, pk, "all") for pk in (room.pk, hers.pk, 10**9)]
    assert answers == [404] * 3


def test_level_requires_sign_in(client, room):
    answer = client.post(f"/rooms/{room.pk}/level/", {"level": "all"})
    assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/accounts/sign-in/")
