"""Of what a room tells a member who is elsewhere: everybody chooses for themselves."""

import pytest

from rooms.models import Membership, Room
from tests.people import unique

pytestmark = pytest.mark.django_db


@pytest.fixture
def room(people):
    """A room of ana's, in which bruno is, too."""
    made = Room.create(people.ana.user, unique("room"))
    for person in (people.ana, people.bruno):
        made.admit(person.user)
    return made


def choose(client, person, room_id, level):
    client.force_login(person.user)
    return client.post(f"/rooms/{room_id}/level/", {"level": level}).status_code


def test_a_choice_is_kept_and_is_nobody_elses(client, people, room):
    assert choose(client, people.ana, room.pk, "nothing") == 204
    assert Membership.levels_of(people.ana.user) == {room.pk: "nothing"}
    assert Membership.levels_of(people.bruno.user) == {}


def test_a_choice_is_seen_where_changes_are_looked_for(client, people, room):
    mine = Membership.objects.filter(room=room, user=people.ana.user)
    mine.update(changed_at=room.created_at)

    choose(client, people.ana, room.pk, "nothing")

    assert mine.get().changed_at > room.created_at


def test_only_levels_there_are_can_be_chosen(client, people, room):
    assert [choose(client, people.ana, room.pk, level) for level in ("", "some", "<script>")] == [400] * 3
    assert Membership.levels_of(people.ana.user) == {}


def test_a_room_one_is_not_in_is_not_there(client, people, room):
    hers = Room.between(people.ana.user, people.bruno.user)
    answers = [choose(client, people.carla, pk, "all") for pk in (room.pk, hers.pk, 10**9)]
    assert answers == [404] * 3


def test_strangers_are_sent_to_sign_in(client, room):
    answer = client.post(f"/rooms/{room.pk}/level/", {"level": "all"})
    assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/accounts/sign-in/")
