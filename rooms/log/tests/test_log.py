"""The log: whoever writes at the same time, seq and version are 1, 2, 3 … and nothing is stored twice."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.utils import timezone

from rooms.log.batch import write
from rooms.log.changes import Draft
from rooms.models import Membership, Message, Room
from rooms.protocol.errors import ChatError
from tests.people import unique

THREADS = 8
MESSAGES = 200


def draft(person, room, text="hola", client_id=None):
    return Draft(person.id, room.pk, client_id or uuid.uuid4(), text)


def in_threads(call, items):
    """`call(item)` for all items on eight threads, each with a connection of its own."""

    def with_own_connection(item):
        try:
            return call(item)
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as threads:
        return list(threads.map(with_own_connection, items))


def logged(room):
    return list(Message.objects.filter(room=room).order_by("seq"))


def test_eight_threads_fill_the_log_without_a_hole(people, room):
    in_threads(lambda n: write([draft(people.ana if n % 2 else people.bruno, room, f"line {n}")]), range(MESSAGES))

    log = logged(room)
    assert [message.seq for message in log] == list(range(1, MESSAGES + 1))
    assert sorted(message.version for message in log) == list(range(1, MESSAGES + 1))
    assert {message.text for message in log} == {f"line {n}" for n in range(MESSAGES)}
    room.refresh_from_db()
    assert (room.last_seq, room.version) == (MESSAGES, MESSAGES)


@pytest.mark.parametrize("end", [{"removed_at": timezone.now()}, None])
def test_who_missed_the_answer_gets_it_also_when_the_room_has_closed_or_they_were_removed(people, room, end):
    said = draft(people.bruno, room)
    [first] = write([said])
    if end:
        Membership.objects.filter(room=room, user=people.bruno.id).update(**end)
    else:
        room.close(by=people.ana.user)

    [again, anew] = write([draft(people.bruno, room, client_id=said.client_id), draft(people.bruno, room)])

    assert (again.duplicate, again.message.seq) == (True, first.message.seq)
    assert isinstance(anew, ChatError)


def test_eight_threads_saying_the_same_id_store_one(people, room):
    once = uuid.uuid4()

    outcomes = in_threads(lambda n: write([draft(people.ana, room, "once", once)])[0], range(THREADS))

    assert len(logged(room)) == 1
    assert {outcome.message.seq for outcome in outcomes} == {1}
    assert sorted(outcome.duplicate for outcome in outcomes) == [False] + [True] * (THREADS - 1)


def test_the_same_id_twice_in_one_batch_is_stored_once(people, room):
    once = uuid.uuid4()

    first, second = write([draft(people.ana, room, "once", once), draft(people.ana, room, "once", once)])

    assert (first.duplicate, second.duplicate) == (False, True)
    assert first.message.seq == second.message.seq == 1


def test_batches_over_the_same_rooms_in_any_order_do_not_lock_each_other_out(people, room):
    other = Room.create(people.ana.user, unique("other"))
    other.admit(people.ana.user)

    def both(n):
        pair = [draft(people.ana, room), draft(people.ana, other)]
        return write(pair if n % 2 else pair[::-1])

    in_threads(both, range(40))

    assert [m.seq for m in logged(room)] == [m.seq for m in logged(other)] == list(range(1, 41))


def test_two_people_may_use_the_same_id(people, room):
    same = uuid.uuid4()

    write([draft(people.ana, room, "hers", same), draft(people.bruno, room, "his", same)])

    assert [message.text for message in logged(room)] == ["hers", "his"]


def test_one_refused_draft_leaves_no_hole_and_harms_no_other(people, room):
    outcomes = write([draft(people.ana, room), draft(people.carla, room), draft(people.bruno, room)])

    assert [isinstance(outcome, ChatError) for outcome in outcomes] == [False, True, False]
    assert outcomes[1].code == "not_here"
    assert [message.seq for message in logged(room)] == [1, 2]


def test_nothing_is_said_in_a_closed_room(people, room):
    room.close(people.ana.user)

    assert write([draft(people.ana, room)])[0].code == "no_such_room"
    assert logged(room) == []


def test_who_was_removed_or_deactivated_says_nothing(people, room):
    Membership.objects.filter(room=room, user=people.ana.id).update(removed_at=room.created_at)
    bruno = people.bruno.user
    bruno.is_active = False
    bruno.save()

    outcomes = write([draft(people.ana, room), draft(people.bruno, room)])

    assert [outcome.code for outcome in outcomes] == ["no_such_room", "no_such_room"]


def test_a_private_conversation_of_others_looks_like_none(people):
    private = Room.between(people.ana.user, people.bruno.user)

    assert write([draft(people.carla, private)])[0].code == "no_such_room"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "blank"),
        (" \n\t ", "blank"),
        ("\u200b\u200d\ufeff", "blank"),
        ("\u3164\u2800", "blank"),
        ("\u0301" * 3, "blank"),
        ("nul \0 byte", "bad_text"),
        ("half \ud800 a pair", "bad_text"),
        ("x" * 8001, "too_long"),
    ],
)
def test_what_cannot_be_said_never_becomes_a_draft(text, code):
    with pytest.raises(ChatError) as refused:
        Draft(1, 1, uuid.uuid4(), text)
    assert refused.value.code == code
    assert refused.value.text


def test_eight_thousand_characters_can_be_said():
    assert len(Draft(1, 1, uuid.uuid4(), "x" * 8000).text) == 8000


# --- Reading


@pytest.fixture
def long_room(people, room):
    write([draft(people.ana, room, f"line {n}") for n in range(1, 121)])
    room.refresh_from_db()
    return room


def seqs(page):
    messages, more = page
    return [message.seq for message in messages], more


def test_the_newest_page_comes_first_and_older_ones_follow(long_room):
    assert seqs(long_room.page()) == (list(range(71, 121)), True)
    assert seqs(long_room.page(before=71)) == (list(range(21, 71)), True)
    assert seqs(long_room.page(before=21)) == (list(range(1, 21)), False)


def test_a_page_can_go_forward_or_stand_around_a_place(long_room):
    assert seqs(long_room.page(after=118)) == ([119, 120], False)
    assert seqs(long_room.page(around=60, limit=5)) == ([58, 59, 60, 61, 62], True)


def test_catching_up_gives_what_came_since(long_room):
    found = Room.since(long_room.pk, long_room.epoch, 118)

    assert [message.seq for message in found.messages] == [119, 120]
    assert (found.since, found.version, found.reset) == (118, 120, False)


@pytest.mark.parametrize("version", [121, 2**62])
def test_a_version_beyond_the_end_is_answered_with_a_reset(long_room, version):
    assert Room.since(long_room.pk, long_room.epoch, version).reset


def test_another_epoch_is_answered_with_a_reset_and_the_last_page(long_room):
    found = Room.since(long_room.pk, "another", 118)

    assert found.reset and found.more
    assert [message.seq for message in found.messages] == list(range(71, 121))


def test_a_reader_far_behind_gets_the_last_page(people, long_room):
    write([draft(people.ana, long_room) for _ in range(400)])

    assert Room.since(long_room.pk, long_room.epoch, 0).reset
    assert not Room.since(long_room.pk, long_room.epoch, 100).reset


def test_a_page_of_long_messages_is_shorter(people, room):
    write([draft(people.ana, room, "x" * 8000) for _ in range(30)])
    room.refresh_from_db()

    messages, more = room.page()

    assert more and 1 < len(messages) < 20
    assert messages[-1].seq == 30
    assert [m.seq for m in room.page(after=0)[0]] == list(range(1, len(messages) + 1))
    assert Room.since(room.pk, room.epoch, 0).reset
