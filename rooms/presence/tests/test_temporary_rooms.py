"""Temporary rooms close once after the owner's absence, by the database's clock, if a process watched the countdown."""

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
    """Delete the leases of all processes but those of the test."""
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
    """Place a client of the person in the room and return the outcome."""
    placement = Placement(process_id, secrets.randbits(62), person.id, room.pk, is_new=True, is_member=False)
    return place([placement])[0]


def is_open(room):
    return Room.open().filter(pk=room.pk).exists()


def countdown_runs(room):
    return Room.objects.get(pk=room.pk).owner_gone_at is not None


def watch(process_id, seconds):
    """Set the time since which the process watches, to `seconds` ago."""
    Process.objects.filter(pk=process_id).update(watching_since=ago(seconds))


def test_countdown_starts_without_owner_and_ends_with_their_return(alone, ana):
    room, server = room_of(ana), process()
    start_countdowns([room.pk])
    assert countdown_runs(room)

    come(ana, Room.default(), server)

    assert not countdown_runs(room)
    start_countdowns([room.pk])
    assert not countdown_runs(room)


def test_owner_is_absent_when_the_lease_of_their_server_expires(alone, ana):
    room, server = room_of(ana), process()
    come(ana, room, server)
    Process.objects.filter(pk=server).update(expires_at=ago(0))

    start_countdowns([room.pk])

    assert countdown_runs(room)
    assert not Process.renew(server)


@pytest.mark.parametrize("seconds, closes", [(GRACE_SECONDS - 1, False), (GRACE_SECONDS + 1, True)])
def test_room_closes_once_after_the_whole_grace_time(alone, ana, seconds, closes):
    room, server = room_of(ana, owner_gone_at=ago(seconds)), process()
    watch(server, 3600)

    assert close_expired(room.pk, server) == closes
    assert not close_expired(room.pk, server)
    assert is_open(room) != closes


@pytest.mark.parametrize("fields", [{"permanent": True}, {"is_default": True}, {"kind": "direct"}])
def test_other_rooms_never_close(alone, ana, fields):
    room, server = room_of(ana), process()
    watch(server, 3600)
    Room.objects.filter(is_default=True).update(is_default=False)
    Room.objects.filter(pk=room.pk).update(owner_gone_at=ago(3600), **fields)

    assert not close_expired(room.pk, server)
    assert not start_countdowns([room.pk])


def test_process_that_watched_only_part_restarts_the_countdown(alone, ana):
    room, server = room_of(ana, owner_gone_at=ago(3600)), process()
    watch(server, GRACE_SECONDS - 1)
    assert not close_expired(room.pk, server)

    restart_unwatched_countdowns()

    assert Room.objects.get(pk=room.pk).owner_gone_at == Process.objects.get(pk=server).watching_since
    assert not close_expired(room.pk, server)
    watch(server, 3600)
    Room.objects.filter(pk=room.pk).update(owner_gone_at=ago(GRACE_SECONDS))
    assert close_expired(room.pk, server)


def test_interrupted_watch_restarts(alone, ana):
    room, server = room_of(ana, owner_gone_at=ago(3600)), process()
    watch(server, 7200)

    assert Process.renew(server, watch_anew=True)

    assert not close_expired(room.pk, server)


def test_new_server_does_not_extend_a_watched_countdown(alone, ana):
    room, older, _younger = room_of(ana, owner_gone_at=ago(GRACE_SECONDS)), process(), process()
    watch(older, 3600)

    assert not restart_unwatched_countdowns()
    assert close_expired(room.pk, older)


def test_process_without_lease_closes_nothing(alone, ana):
    room, server = room_of(ana, owner_gone_at=ago(GRACE_SECONDS)), process()
    Process.objects.filter(pk=server).update(watching_since=ago(3600), expires_at=ago(0))

    assert not close_expired(room.pk, server)


def test_temporary_rooms_of_deleted_account_close_once_after_the_grace_time(alone, ana):
    room, permanent, server = room_of(ana), room_of(ana, permanent=True), process()
    watch(server, 2 * 3600)
    assert AccountDeletion.start(ana.user)

    assert start_countdowns([room.pk, permanent.pk]) == 1
    assert not close_expired(room.pk, server)
    Room.objects.filter(pk=room.pk).update(owner_gone_at=ago(3600))
    assert [close_expired(pk, server) for pk in (room.pk, room.pk, permanent.pk)] == [True, False, False]
    assert Room.open().get(pk=permanent.pk).to_dict()["owner"] is None


def test_return_of_owner_and_concurrent_closing_exclude_each_other(committed):
    ana, server, closer = sign_up("ana"), process(), process()
    watch(closer, 3600)
    outcomes = [return_and_close(ana, server, closer, number) for number in range(ROUNDS)]
    assert all(closed != came for closed, came in outcomes)
    Process.objects.filter(pk__in=[server, closer]).delete()


def return_and_close(ana, server, closer, number):
    """Return whether the room was closed, and whether its owner entered it."""
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
    closed = not is_open(room)  # by this test, or by a server of other tests
    assert not (came and countdown_runs(room))
    Socket.objects.filter(user=ana.id).delete()
    return closed, came


def test_concurrent_placements_are_written_in_one_batch(alone, ana, django_assert_max_num_queries):
    bruno, server, room = sign_up("bruno"), process(), room_of(ana)
    standings = [
        Placement(server, secrets.randbits(62), person.id, room.pk, is_new=True, is_member=False)
        for person in (ana, bruno) * 20
    ]
    with django_assert_max_num_queries(10):
        place(standings)
    assert Socket.live().filter(room=room).count() == 40
    assert Membership.objects.filter(room=room).count() == 2


def test_messages_before_joining_count_as_read(alone, ana):
    bruno, server, room = sign_up("bruno"), process(), room_of(ana)
    assert come(ana, room, server).read_seq == 0
    with transaction.atomic():
        write([Draft(ana.id, room.pk, uuid.uuid4(), "before")])

    assert come(bruno, room, server).read_seq == 1
    assert come(ana, room, server).read_seq == 0


@pytest.mark.parametrize("why", ["closed", "removed"])
def test_refused_placement_keeps_the_current_room(alone, ana, why):
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


def test_removed_user_gets_no_such_room(alone, ana):
    bruno, room = sign_up("bruno"), room_of(ana)
    room.admit(bruno.user)
    assert Room.visible_to(bruno.user, room.pk) == room
    Membership.objects.filter(room=room, user=bruno.id).update(removed_at=Now())

    with pytest.raises(ChatError):
        Room.visible_to(bruno.user, room.pk)
    assert Room.visible_to(ana.user, room.pk) == room


def test_closed_rooms_are_deleted_after_retention(alone, ana, settings):
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


def test_long_log_is_deleted_in_batches(alone, ana, monkeypatch):
    monkeypatch.setattr("rooms.presence.temporary_rooms.DELETED_MESSAGES", 2)
    room = room_of(ana)
    room.admit(ana.user)
    write([Draft(ana.id, room.pk, uuid.uuid4(), f"words {number}") for number in range(3)])
    Room.objects.filter(pk=room.pk).update(closed_at=ago(3600 * 24 * 365))

    delete_expired_rooms()
    assert list(room.message_set.values_list("seq", flat=True)) == [3]
    delete_expired_rooms()
    assert not Room.objects.filter(pk=room.pk).exists()
