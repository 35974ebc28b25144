"""The write path under concurrency: seq and version are 1, 2, 3 … without gaps, and a retry stores nothing twice."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.utils import timezone

from rooms.log.batch import write
from rooms.log.drafts import Draft
from rooms.models import Membership, Message, Room
from rooms.protocol.errors import ChatError
from tests.people import unique

THREADS = 8
MESSAGES = 200


def draft(person, room, text="hola", client_id=None):
    return Draft(person.id, room.pk, client_id or uuid.uuid4(), text)


def in_threads(call, items):
    """`call(item)` for all items on eight threads, each with its own connection."""

    def with_own_connection(item):
        try:
            return call(item)
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as threads:
        return list(threads.map(with_own_connection, items))


def logged(room):
    return list(Message.objects.filter(room=room).order_by("seq"))


def test_concurrent_writes_leave_no_gap_in_the_log(people, room):
    in_threads(lambda n: write([draft(people.ana if n % 2 else people.bruno, room, f"line {n}")]), range(MESSAGES))

    log = logged(room)
    assert [message.seq for message in log] == list(range(1, MESSAGES + 1))
    assert sorted(message.version for message in log) == list(range(1, MESSAGES + 1))
    assert {message.text for message in log} == {f"line {n}" for n in range(MESSAGES)}
    room.refresh_from_db()
    assert (room.last_seq, room.version) == (MESSAGES, MESSAGES)


@pytest.mark.parametrize("end", [{"removed_at": timezone.now()}, None])
def test_retry_is_answered_after_the_room_closed_or_the_author_was_removed(people, room, end):
    said = draft(people.bruno, room)
    [first] = write([said])
    if end:
        Membership.objects.filter(room=room, user=people.bruno.id).update(**end)
    else:
        room.close(by=people.ana.user)

    [again, anew] = write([draft(people.bruno, room, client_id=said.client_id), draft(people.bruno, room)])

    assert (again.duplicate, again.message.seq) == (True, first.message.seq)
    assert isinstance(anew, ChatError)


def test_concurrent_resends_with_same_client_id_store_once(people, room):
    once = uuid.uuid4()

    outcomes = in_threads(lambda n: write([draft(people.ana, room, "once", once)])[0], range(THREADS))

    assert len(logged(room)) == 1
    assert {outcome.message.seq for outcome in outcomes} == {1}
    assert sorted(outcome.duplicate for outcome in outcomes) == [False] + [True] * (THREADS - 1)


def test_same_client_id_twice_in_a_batch_stores_once(people, room):
    once = uuid.uuid4()

    first, second = write([draft(people.ana, room, "once", once), draft(people.ana, room, "once", once)])

    assert (first.duplicate, second.duplicate) == (False, True)
    assert first.message.seq == second.message.seq == 1


def test_batches_with_rooms_in_opposite_order_do_not_deadlock(people, room):
    other = Room.create(people.ana.user, unique("other"))
    other.admit(people.ana.user)

    def both(n):
        pair = [draft(people.ana, room), draft(people.ana, other)]
        return write(pair if n % 2 else pair[::-1])

    in_threads(both, range(40))

    assert [m.seq for m in logged(room)] == [m.seq for m in logged(other)] == list(range(1, 41))


def test_two_authors_can_use_the_same_client_id(people, room):
    same = uuid.uuid4()

    write([draft(people.ana, room, "hers", same), draft(people.bruno, room, "his", same)])

    assert [message.text for message in logged(room)] == ["hers", "his"]


def test_refused_draft_leaves_no_gap_and_fails_no_other(people, room):
    outcomes = write([draft(people.ana, room), draft(people.carla, room), draft(people.bruno, room)])

    assert [isinstance(outcome, ChatError) for outcome in outcomes] == [False, True, False]
    assert outcomes[1].code == "not_here"
    assert [message.seq for message in logged(room)] == [1, 2]


def test_closed_room_refuses_messages(people, room):
    room.close(people.ana.user)

    assert write([draft(people.ana, room)])[0].code == "no_such_room"
    assert logged(room) == []


def test_removed_and_deactivated_authors_are_refused(people, room):
    Membership.objects.filter(room=room, user=people.ana.id).update(removed_at=room.created_at)
    bruno = people.bruno.user
    bruno.is_active = False
    bruno.save()

    outcomes = write([draft(people.ana, room), draft(people.bruno, room)])

    assert [outcome.code for outcome in outcomes] == ["no_such_room", "no_such_room"]


def test_other_peoples_conversation_is_refused_like_a_missing_room(people):
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
def test_invalid_text_raises_in_the_constructor(text, code):
    with pytest.raises(ChatError) as refused:
        Draft(1, 1, uuid.uuid4(), text)
    assert refused.value.code == code
    assert refused.value.text


def test_text_of_8000_characters_is_valid():
    assert len(Draft(1, 1, uuid.uuid4(), "x" * 8000).text) == 8000
