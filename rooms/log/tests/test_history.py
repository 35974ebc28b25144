"""Reads of the log: pages by seq, changes since a version, their kinds, and emptying."""

import uuid

import pytest

from rooms.log.batch import write
from rooms.log.drafts import Draft, MessageEdit, MessageErasure
from rooms.log.history import changes_since, empty_log, page
from rooms.models import Membership, Message


def draft(person, room, text="hola"):
    return Draft(person.id, room.pk, uuid.uuid4(), text)


@pytest.fixture
def long_room(people, room):
    write([draft(people.ana, room, f"line {n}") for n in range(1, 121)])
    room.refresh_from_db()
    return room


def seqs(found):
    messages, more = found
    return [message.seq for message in messages], more


def test_pages_go_back_from_the_newest(long_room):
    assert seqs(page(long_room)) == (list(range(71, 121)), True)
    assert seqs(page(long_room, before=71)) == (list(range(21, 71)), True)
    assert seqs(page(long_room, before=21)) == (list(range(1, 21)), False)


def test_page_after_and_around_a_seq(long_room):
    assert seqs(page(long_room, after=118)) == ([119, 120], False)
    assert seqs(page(long_room, around=60, limit=5)) == ([58, 59, 60, 61, 62], True)


def test_changes_since_a_version(long_room):
    found = changes_since(long_room.pk, long_room.epoch, 118)

    assert [message.seq for message in found.messages] == [119, 120]
    assert (found.since, found.version, found.reset) == (118, 120, False)


@pytest.mark.parametrize("version", [121, 2**62])
def test_version_beyond_the_head_resets(long_room, version):
    assert changes_since(long_room.pk, long_room.epoch, version).reset


def test_other_epoch_resets_to_the_last_page(long_room):
    found = changes_since(long_room.pk, "another", 118)

    assert found.reset and found.more
    assert [message.seq for message in found.messages] == list(range(71, 121))


def test_reader_far_behind_is_reset(people, long_room):
    write([draft(people.ana, long_room) for _ in range(400)])

    assert changes_since(long_room.pk, long_room.epoch, 0).reset
    assert not changes_since(long_room.pk, long_room.epoch, 100).reset


def test_page_of_long_messages_is_shorter(people, room):
    write([draft(people.ana, room, "x" * 8000) for _ in range(30)])
    room.refresh_from_db()

    messages, more = page(room)

    assert more and 1 < len(messages) < 20
    assert messages[-1].seq == 30
    assert [m.seq for m in page(room, after=0)[0]] == list(range(1, len(messages) + 1))
    assert changes_since(room.pk, room.epoch, 0).reset


def test_kinds_of_changes_are_relative_to_what_the_reader_has(people, long_room):
    write([MessageEdit(people.ana.id, long_room.pk, 1, "edited"), MessageErasure(people.ana.id, long_room.pk, 2)])
    Message.objects.filter(room=long_room, seq=3).update(author=None, version=123)
    long_room.last_seq, long_room.version = 121, 124
    long_room.save()
    Message.objects.filter(room=long_room, seq=120).update(seq=121, version=124)

    found = changes_since(long_room.pk, long_room.epoch, 120)

    assert [message.seq for message in found.messages] == [1, 2, 3, 121]
    assert found.kinds(last_seq=120) == ["edit", "erase", "anonymise", "message"]
    assert found.kinds(last_seq=0) == ["message"] * 4


def test_empty_log_deletes_messages_and_resets_readers(people, long_room):
    epoch = long_room.epoch

    empty_log(long_room)

    assert page(long_room) == ([], False)
    assert long_room.epoch != epoch and (long_room.version, long_room.floor) == (121, 121)
    assert changes_since(long_room.pk, epoch, 120).reset
    assert Membership.objects.get(room=long_room, user=people.bruno.id).read_seq == 120
    [saved] = write([draft(people.ana, long_room)])
    assert (saved.message.seq, saved.message.version) == (121, 122)
