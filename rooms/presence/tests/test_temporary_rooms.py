"""When a room closes without its owner, and when not: by the database's clock, once, while somebody watches."""

import secrets
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now

from accounts.models import AccountDeletion
from rooms.log.batch import write
from rooms.log.drafts import Draft
from rooms.models import Membership, Message, Room
from rooms.presence.models import Process, Socket
from rooms.presence.placement import Placement, place
from rooms.presence.temporary_rooms import (
    close_expired,
    delete_expired_rooms,
    restart_unwatched_countdowns,
    start_countdowns,
)
from rooms.protocol.errors import ChatError
from tests.people import sign_up, unique

GRACE_SECONDS = 60
ROUNDS = 40


@pytest.fixture
def alone(db):
    """No process lives but those of the test."""
    Process.objects.all().delete()


def process():
    process_id = uuid.uuid4()
    Process.begin(process_id, "a test")
    return process_id


@pytest.fixture
def ana():
    return sign_up("ana")


def room_of(person, **fields):
    room = Room.create(person.user, unique("room"))
    Room.objects.filter(pk=room.pk).update(**fields)
    return room


def ago(seconds):
    return Now() - timedelta(seconds=seconds)


def come(person, room, process_id):
    """A client of that person arrives in the room; what `stand` says of it."""
    standing = Placement(process_id, secrets.randbits(62), person.id, room.pk, is_new=True, is_member=False)
    return place([standing])[0]


def is_open(room):
    return Room.open().filter(pk=room.pk).exists()


def countdown_runs(room):
    return Room.objects.get(pk=room.pk).owner_gone_at is not None


def watch(process_id, seconds):
    """Let the process have watched for so long."""
    Process.objects.filter(pk=process_id).update(watching_since=ago(seconds))


def test_a_countdown_begins_when_the_owner_is_nowhere_and_ends_when_they_come(alone, ana):
    room, server = room_of(ana), process()
    start_countdowns([room.pk])
    assert countdown_runs(room)

    come(ana, Room.default(), server)

    assert not countdown_runs(room)
    start_countdowns([room.pk])
    assert not countdown_runs(room)


def test_the_owner_is_gone_when_their_server_has_stopped_renewing(alone, ana):
    room, server = room_of(ana), process()
    come(ana, room, server)
    Process.objects.filter(pk=server).update(expires_at=ago(0))

    start_countdowns([room.pk])

    assert countdown_runs(room)
    assert not Process.renew(server)


@pytest.mark.parametrize("seconds, closes", [(GRACE_SECONDS - 1, False), (GRACE_SECONDS + 1, True)])
def test_a_room_closes_after_the_whole_grace_time_and_once(alone, ana, seconds, closes):
    room, server = room_of(ana, owner_gone_at=ago(seconds)), process()
    watch(server, 3600)

    assert close_expired(room.pk, server) == closes
    assert not close_expired(room.pk, server)
    assert is_open(room) != closes


@pytest.mark.parametrize("fields", [{"permanent": True}, {"is_default": True}, {"kind": "direct"}])
def test_no_other_room_ever_closes(alone, ana, fields):
    room, server = room_of(ana), process()
    watch(server, 3600)
    Room.objects.filter(is_default=True).update(is_default=False)
    Room.objects.filter(pk=room.pk).update(owner_gone_at=ago(3600), **fields)

    assert not close_expired(room.pk, server)
    assert not start_countdowns([room.pk])


def test_who_began_to_watch_after_the_countdown_closes_nothing_and_it_counts_anew(alone, ana):
    room, server = room_of(ana, owner_gone_at=ago(3600)), process()
    watch(server, GRACE_SECONDS - 1)
    assert not close_expired(room.pk, server)

    restart_unwatched_countdowns()

    assert Room.objects.get(pk=room.pk).owner_gone_at == Process.objects.get(pk=server).watching_since
    assert not close_expired(room.pk, server)
    watch(server, 3600)
    Room.objects.filter(pk=room.pk).update(owner_gone_at=ago(GRACE_SECONDS))
    assert close_expired(room.pk, server)


def test_a_process_whose_watch_was_broken_begins_a_new_one(alone, ana):
    room, server = room_of(ana, owner_gone_at=ago(3600)), process()
    watch(server, 7200)

    assert Process.renew(server, watch_anew=True)

    assert not close_expired(room.pk, server)


def test_a_new_server_does_not_lengthen_what_an_older_one_watches(alone, ana):
    room, older, _younger = room_of(ana, owner_gone_at=ago(GRACE_SECONDS)), process(), process()
    watch(older, 3600)

    assert not restart_unwatched_countdowns()
    assert close_expired(room.pk, older)


def test_a_dead_server_closes_nothing(alone, ana):
    room, server = room_of(ana, owner_gone_at=ago(GRACE_SECONDS)), process()
    Process.objects.filter(pk=server).update(watching_since=ago(3600), expires_at=ago(0))

    assert not close_expired(room.pk, server)


def test_rooms_of_an_account_that_was_deleted_close_after_the_grace_time_and_once_but_for_permanent_ones(alone, ana):
    room, permanent, server = room_of(ana), room_of(ana, permanent=True), process()
    watch(server, 2 * 3600)
    assert AccountDeletion.start(ana.user)

    assert start_countdowns([room.pk, permanent.pk]) == 1
    assert not close_expired(room.pk, server)
    Room.objects.filter(pk=room.pk).update(owner_gone_at=ago(3600))
    assert [close_expired(pk, server) for pk in (room.pk, room.pk, permanent.pk)] == [True, False, False]
    assert Room.open().get(pk=permanent.pk).to_dict()["owner"] is None


def test_an_owner_who_comes_and_a_server_that_closes_at_one_moment_do_not_both_succeed(committed):
    ana, server, closer = sign_up("ana"), process(), process()
    watch(closer, 3600)
    outcomes = [return_and_close(ana, server, closer, number) for number in range(ROUNDS)]
    assert all(closed != came for closed, came in outcomes)
    Process.objects.filter(pk__in=[server, closer]).delete()


def return_and_close(ana, server, closer, number):
    """Whether the room was closed, and whether its owner got in."""
    room = room_of(ana, owner_gone_at=ago(GRACE_SECONDS))

    def arrive():
        try:
            return not isinstance(come(ana, room, server), ChatError)
        finally:
            connection.close()

    def close():
        try:
            return close_expired(room.pk, closer)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        calls = [arrive, close] if number % 2 else [close, arrive]
        done = {call: threads.submit(call) for call in calls}
        closed, came = done[close].result(), done[arrive].result()
    if closed:
        assert not is_open(room)
    closed = not is_open(room)  # by us, or by a server of other tests, which do the same
    assert not (came and countdown_runs(room))
    Socket.objects.filter(user=ana.id).delete()
    return closed, came


def test_people_who_come_at_once_are_written_at_once(alone, ana, django_assert_max_num_queries):
    bruno, server, room = sign_up("bruno"), process(), room_of(ana)
    standings = [
        Placement(server, secrets.randbits(62), person.id, room.pk, is_new=True, is_member=False)
        for person in (ana, bruno) * 20
    ]
    with django_assert_max_num_queries(10):
        place(standings)
    assert Socket.live().filter(room=room).count() == 40
    assert Membership.objects.filter(room=room).count() == 2


def test_what_was_said_before_one_came_counts_as_read(alone, ana):
    bruno, server, room = sign_up("bruno"), process(), room_of(ana)
    assert come(ana, room, server).read_seq == 0
    with transaction.atomic():
        write([Draft(ana.id, room.pk, uuid.uuid4(), "before")])

    assert come(bruno, room, server).read_seq == 1
    assert come(ana, room, server).read_seq == 0


@pytest.mark.parametrize("why", ["closed", "removed"])
def test_who_may_not_enter_a_room_stays_where_they_are(alone, ana, why):
    server, here, there, socket_id = process(), room_of(ana), room_of(ana), secrets.randbits(62)
    come(ana, there, server)
    if why == "closed":
        there.close(ana.user)
    else:
        Membership.objects.filter(room=there, user=ana.id).update(removed_at=Now())
    place([Placement(server, socket_id, ana.id, here.pk, is_new=True, is_member=False)])

    [refused] = place([Placement(server, socket_id, ana.id, there.pk, is_new=False, is_member=False)])

    assert isinstance(refused, ChatError) and refused.code == "no_such_room"
    assert Socket.objects.get(pk=socket_id).room_id == here.pk


def test_who_was_removed_from_a_room_finds_none(alone, ana):
    bruno, room = sign_up("bruno"), room_of(ana)
    room.admit(bruno.user)
    assert Room.visible_to(bruno.user, room.pk) == room
    Membership.objects.filter(room=room, user=bruno.id).update(removed_at=Now())

    with pytest.raises(ChatError):
        Room.visible_to(bruno.user, room.pk)
    assert Room.visible_to(ana.user, room.pk) == room


def test_closed_rooms_are_kept_for_a_time_and_then_deleted(alone, ana, settings):
    settings.ROOM_RETENTION_DAYS = 30
    rooms = [room_of(ana), room_of(ana), room_of(ana)]
    for room in rooms:
        room.admit(ana.user)
        write([Draft(ana.id, room.pk, uuid.uuid4(), "words")])
    forgotten, kept, still_open = rooms
    Room.objects.filter(pk=forgotten.pk).update(closed_at=ago(31 * 24 * 3600))
    Room.objects.filter(pk=kept.pk).update(closed_at=ago(29 * 24 * 3600))

    delete_expired_rooms()

    assert set(Room.objects.filter(owner=ana.id)) == {kept, still_open}
    assert not Message.objects.filter(room_id=forgotten.pk).exists()


def test_a_long_log_is_deleted_a_part_at_a_time(alone, ana, monkeypatch):
    monkeypatch.setattr("rooms.presence.temporary_rooms.DELETED_MESSAGES", 2)
    room = room_of(ana)
    room.admit(ana.user)
    write([Draft(ana.id, room.pk, uuid.uuid4(), f"words {number}") for number in range(3)])
    Room.objects.filter(pk=room.pk).update(closed_at=ago(3600 * 24 * 365))

    delete_expired_rooms()
    assert list(room.message_set.values_list("seq", flat=True)) == [3]
    delete_expired_rooms()
    assert not Room.objects.filter(pk=room.pk).exists()
