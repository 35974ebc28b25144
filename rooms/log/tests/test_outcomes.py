"""Kinds of changes in the outcomes of a write, and a transaction's changes by room."""

import uuid

import pytest

from rooms.log.batch import write
from rooms.log.drafts import Draft, MessageEdit, MessageErasure, StaffErasure
from rooms.log.outcomes import room_commits
from rooms.models import Room
from tests.people import unique


@pytest.fixture
def said(people, room):
    """Three messages of ana's."""
    write([Draft(people.ana.id, room.pk, uuid.uuid4(), text) for text in ("one", "two", "three")])
    return room


def test_every_outcome_has_the_kind_of_its_draft(people, said):
    new = Draft(people.bruno.id, said.pk, uuid.uuid4(), "four")
    changes = [MessageEdit(people.ana.id, said.pk, 1, "edited"), MessageErasure(people.ana.id, said.pk, 2)]

    outcomes = write([new, *changes, StaffErasure(people.carla.id, said.pk, 3), new])

    assert [outcome.kind for outcome in outcomes] == ["message", "edit", "erase", "erase", "message"]
    assert [outcome.duplicate for outcome in outcomes] == [False, False, False, False, True]


def test_changes_of_a_transaction_are_grouped_by_room_in_version_order(people, said):
    other = Room.create(people.ana.user, unique("other"))
    other.admit(people.ana.user)
    outcomes = write(
        [
            MessageEdit(people.ana.id, said.pk, 2, "edited"),
            Draft(people.ana.id, other.pk, uuid.uuid4(), "elsewhere"),
            Draft(people.ana.id, said.pk, uuid.uuid4(), "four"),
            MessageErasure(people.ana.id, said.pk, 2),
        ]
    )

    commits = {commit.head.room_id: commit for commit in room_commits(outcomes)}

    here, elsewhere = commits[said.pk], commits[other.pk]
    assert [message.seq for message in here.messages] == [4, 2]
    assert here.kinds == ["message", "erase"]
    assert [message.text for message in here.new_messages] == ["four"]
    assert (here.head.since, here.head.version) == (3, 6)
    assert (elsewhere.kinds, elsewhere.head.since, elsewhere.head.version) == (["message"], 0, 1)
