"""Webhooks are paused while their maker cannot moderate the room."""

import pytest

from rooms.models import Room
from rooms.moderation.actions import moderate
from rooms.webhooks.models import Delivery, IncomingHook, OutgoingHook, new_bot
from tests.api_clients import refusal
from tests.people import sign_up, unique
from tests.waiting import until

pytestmark = pytest.mark.once("grown")

# The lease of a process that died lasts for another 15 s.
TIMEOUT_SECONDS = 40


@pytest.fixture
def room(people):
    return Room.create(people.carla.user, unique("Chess"))


def hand_over(people, room):
    moderate(people.carla.user, room.pk, "hand_over", people.ana.id)


def hand_back(people, room):
    moderate(people.ana.user, room.pk, "hand_over", people.carla.id)


def hand_over_and_be_banned(people, room):
    room.admit(people.carla.user)
    hand_over(people, room)
    moderate(people.ana.user, room.pk, "ban", people.carla.id)


def return_to_the_room(people, room):
    moderate(people.ana.user, room.pk, "unban", people.carla.id)
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
def test_hook_is_paused_while_maker_cannot_moderate(lose, regain, people, room, api_client, receiver):
    carla, ana, stranger = api_client(people.carla), api_client(people.ana), api_client()
    path = carla.post(f"rooms/{room.pk}/hooks/incoming", name=unique("bot")).json()["url"].removeprefix(ana.server.url)
    outgoing = carla.post(f"rooms/{room.pk}/hooks/outgoing", url=receiver.url).json()["id"]

    lose(people, room)

    assert refusal(stranger.post(path, text="still here")) == (404, "no_such_hook", None)
    assert ana.post(f"rooms/{room.pk}/messages", text="among us").status_code == 201
    until(lambda: is_up_to_date(outgoing), seconds=TIMEOUT_SECONDS, what="the cursor has advanced")

    regain(people, room)

    assert stranger.post(path, text="back").status_code == 201
    until(lambda: "back" in receiver.texts(), seconds=TIMEOUT_SECONDS, what="the receiver gets it")
    assert receiver.texts() == ["back"]


def is_up_to_date(hook_id):
    hook = OutgoingHook.objects.select_related("room").get(pk=hook_id)
    return hook.version == hook.room.version


def test_deliveries_wait_while_hook_is_paused(people, room, api_client, receiver):
    api_client(people.carla).post(f"rooms/{room.pk}/messages", text="before")
    hook = OutgoingHook.make(room, receiver.url, people.carla.user)
    hand_over(people, room)
    waiting = Delivery.objects.create(hook=hook, message=room.message_set.get(), version=1)
    assert waiting not in Delivery.due([])
    hand_back(people, room)
    until(receiver.texts, seconds=TIMEOUT_SECONDS, what="the receiver gets it")


def test_hook_of_staff_runs_in_any_room(people, room, api_client):
    staff = sign_up("staff", is_staff=True)
    path = api_client(staff).post(f"rooms/{room.pk}/hooks/incoming", name=unique("bot")).json()["url"]
    hand_over(people, room)
    assert api_client().post(path[path.index("/api/") :], text="beep").status_code == 201
    type(staff.user).objects.filter(pk=staff.id).update(is_staff=False)
    assert refusal(api_client().post(path[path.index("/api/") :], text="beep")) == (404, "no_such_hook", None)


def test_new_owner_lists_and_deletes_paused_hooks(people, room, api_client):
    carla, ana = api_client(people.carla), api_client(people.ana)
    made = carla.post(f"rooms/{room.pk}/hooks/outgoing", url="https://example.org/").json()["id"]
    incoming = carla.post(f"rooms/{room.pk}/hooks/incoming", name=unique("bot")).json()["id"]
    assert paused_hooks(carla, room) == {"incoming": {incoming: False}, "outgoing": {made: False}}
    hand_over(people, room)
    assert paused_hooks(ana, room) == {"incoming": {incoming: True}, "outgoing": {made: True}}
    assert ana.delete(f"rooms/{room.pk}/hooks/outgoing/{made}").status_code == 204


def test_deactivated_hooks_are_paused(people, room, api_client):
    outgoing = OutgoingHook.make(room, "https://example.org/", people.carla.user)
    OutgoingHook.objects.filter(pk=outgoing.pk).update(is_active=False)
    incoming, _secret = IncomingHook.make(room, new_bot(unique("bot")), people.carla.user)
    incoming.bot.deactivate()
    assert paused_hooks(api_client(people.carla), room) == {
        "incoming": {incoming.pk: True},
        "outgoing": {outgoing.pk: True},
    }


def paused_hooks(api_client, room):
    listed = api_client.get(f"rooms/{room.pk}/hooks").json()
    return {way: {hook["id"]: hook["rests"] for hook in hooks} for way, hooks in listed.items()}
