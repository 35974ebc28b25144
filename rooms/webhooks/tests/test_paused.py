"""Webhooks rest while whoever made them has no say in the room: nobody reads or speaks by them meanwhile."""

import pytest

from rooms.models import Room
from rooms.webhooks.models import Delivery, IncomingHook, OutgoingHook, new_bot
from tests.people import sign_up, unique
from tests.programs import refusal
from tests.waiting import until

pytestmark = pytest.mark.once("grown")

# A process that died with the duty holds it for 15 s more.
PATIENCE_SECONDS = 40


@pytest.fixture
def room(people):
    return Room.create(people.carla.user, unique("Chess"))


def hand_over(people, room):
    Room.keep_order(people.carla.user, room.pk, "hand_over", people.ana.id)


def hand_back(people, room):
    Room.keep_order(people.ana.user, room.pk, "hand_over", people.carla.id)


def hand_over_and_be_banned(people, room):
    room.admit(people.carla.user)
    hand_over(people, room)
    Room.keep_order(people.ana.user, room.pk, "ban", people.carla.id)


def return_to_the_room(people, room):
    Room.keep_order(people.ana.user, room.pk, "unban", people.carla.id)
    hand_back(people, room)


WAYS = {
    "handed over": (hand_over, hand_back),
    "banned from the room": (hand_over_and_be_banned, return_to_the_room),
    "banned from the site": (
        lambda people, room: people.carla.user.ban("spam"),
        lambda people, room: people.carla.user.lift_ban(),
    ),
    "deactivated": (
        lambda people, room: people.carla.user.deactivate(),
        lambda people, room: people.carla.user.reactivate(),
    ),
}


@pytest.mark.parametrize(("lose", "regain"), WAYS.values(), ids=WAYS)
def test_a_hook_rests_while_its_maker_has_no_say(lose, regain, people, room, program, receiver):
    carla, ana, stranger = program(people.carla), program(people.ana), program()
    path = carla.post(f"rooms/{room.pk}/hooks/incoming", name=unique("bot")).json()["url"].removeprefix(ana.server.url)
    way_out = carla.post(f"rooms/{room.pk}/hooks/outgoing", url=receiver.url).json()["id"]

    lose(people, room)

    assert refusal(stranger.post(path, text="still here")) == (404, "no_such_hook", None)
    assert ana.post(f"rooms/{room.pk}/messages", text="among us").status_code == 201
    until(lambda: is_up_to_date(way_out), seconds=PATIENCE_SECONDS, what="it was looked at what is said")

    regain(people, room)

    assert stranger.post(path, text="back").status_code == 201
    until(lambda: "back" in receiver.texts(), seconds=PATIENCE_SECONDS, what="the receiver is told")
    assert receiver.texts() == ["back"]


def is_up_to_date(hook_id):
    hook = OutgoingHook.objects.select_related("room").get(pk=hook_id)
    return hook.version == hook.room.version


def test_what_waits_for_a_hook_waits_while_it_rests(people, room, program, receiver):
    program(people.carla).post(f"rooms/{room.pk}/messages", text="before")
    hook = OutgoingHook.make(room, receiver.url, people.carla.user)
    hand_over(people, room)
    waiting = Delivery.objects.create(hook=hook, message=room.message_set.get(), version=1)
    assert waiting not in Delivery.due([])
    hand_back(people, room)
    until(receiver.texts, seconds=PATIENCE_SECONDS, what="the receiver is told")


def test_staff_have_the_say_everywhere(people, room, program):
    staff = sign_up("staff", is_staff=True)
    path = program(staff).post(f"rooms/{room.pk}/hooks/incoming", name=unique("bot")).json()["url"]
    hand_over(people, room)
    assert program().post(path[path.index("/api/") :], text="beep").status_code == 201
    type(staff.user).objects.filter(pk=staff.id).update(is_staff=False)
    assert refusal(program().post(path[path.index("/api/") :], text="beep")) == (404, "no_such_hook", None)


def test_who_owns_the_room_now_sees_hooks_that_rest_and_removes_them(people, room, program):
    carla, ana = program(people.carla), program(people.ana)
    made = carla.post(f"rooms/{room.pk}/hooks/outgoing", url="https://example.org/").json()["id"]
    way_in = carla.post(f"rooms/{room.pk}/hooks/incoming", name=unique("bot")).json()["id"]
    assert resting(carla, room) == {"incoming": {way_in: False}, "outgoing": {made: False}}
    hand_over(people, room)
    assert resting(ana, room) == {"incoming": {way_in: True}, "outgoing": {made: True}}
    assert ana.delete(f"rooms/{room.pk}/hooks/outgoing/{made}").status_code == 204


def test_those_that_staff_have_switched_off_rest_too(people, room, program):
    way_out = OutgoingHook.make(room, "https://example.org/", people.carla.user)
    OutgoingHook.objects.filter(pk=way_out.pk).update(is_active=False)
    way_in, _secret = IncomingHook.make(room, new_bot(unique("bot")), people.carla.user)
    way_in.bot.deactivate()
    assert resting(program(people.carla), room) == {"incoming": {way_in.pk: True}, "outgoing": {way_out.pk: True}}


def resting(program, room):
    listed = program.get(f"rooms/{room.pk}/hooks").json()
    return {way: {hook["id"]: hook["rests"] for hook in hooks} for way, hooks in listed.items()}
