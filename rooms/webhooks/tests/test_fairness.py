"""Fairness between webhooks: slow receivers delay only their own deliveries."""

import uuid

import pytest
from django.db import transaction

from rooms.log.batch import write
from rooms.log.drafts import Draft
from rooms.models import Room
from rooms.webhooks.dispatcher import SENDING_THREADS, select
from rooms.webhooks.models import Delivery, OutgoingHook
from tests.people import unique
from tests.waiting import until

pytestmark = pytest.mark.once("grown")

# The lease of a process that died lasts for another 15 s.
TIMEOUT_SECONDS = 40


def room_of(person):
    room = Room.create(person.user, unique("Chess"))
    room.admit(person.user)
    return room


def say(person, room, *texts):
    write([Draft(person.id, room.pk, uuid.uuid4(), text) for text in texts])


@pytest.fixture
def silent(receivers):
    """A receiver that accepts requests and never answers."""
    silent = receivers()
    silent.responds.clear()
    yield silent
    OutgoingHook.objects.filter(url=silent.url).delete()


def test_hook_is_not_delayed_by_another_maker_with_silent_receivers(people, api_client, receiver, silent):
    good, bad = room_of(people.ana), room_of(people.bruno)
    OutgoingHook.make(good, receiver.url, people.ana.user)
    for _ in range(10):
        OutgoingHook.make(bad, silent.url, people.bruno.user)
    api_client(people.ana).post(f"rooms/{good.pk}/messages", text="here")
    until(receiver.texts, seconds=TIMEOUT_SECONDS, what="a process holds the lease")
    say(people.bruno, bad, *map(str, range(12)))
    until(silent.texts, what="the silent receiver is called")

    say(people.ana, good, "and now?")
    until(lambda: receiver.texts()[1:] == ["and now?"], what="the other receiver gets it")


def test_deliveries_of_one_hook_are_sequential_without_polling_delay(people, api_client, receiver):
    room, texts = room_of(people.ana), [str(number) for number in range(40)]
    OutgoingHook.make(room, receiver.url, people.ana.user)
    api_client(people.ana).post(f"rooms/{room.pk}/messages", text=texts[0])
    say(people.ana, room, *texts[1:])
    until(lambda: len(receiver.texts()) >= len(texts), seconds=TIMEOUT_SECONDS, what="everything is delivered")
    assert receiver.texts() == texts


def test_oldest_delivery_of_each_hook_is_due_unless_busy(people):
    room = room_of(people.ana)
    say(people.ana, room, "one", "two")
    one, two = [OutgoingHook.make(room, "http://127.0.0.1:9/", people.ana.user) for _ in range(2)]
    OutgoingHook.objects.filter(room=room).update(is_active=False)  # so that no server sends it
    for hook in (one, two):
        for message in room.message_set.order_by("seq"):
            Delivery.objects.create(hook=hook, message=message, version=message.version)
    with transaction.atomic():
        OutgoingHook.objects.filter(room=room).update(is_active=True)
        due = [delivery for delivery in Delivery.due([two.pk]) if delivery.hook in (one, two)]
        transaction.set_rollback(True)
    assert [(delivery.hook, delivery.message.text) for delivery in due] == [(one, "one")]


def test_select_is_round_robin_and_limited_per_maker():
    makers = enumerate([7, 7, 7, 7, 8, 9], 1)
    due = [Delivery(pk=pk, hook=OutgoingHook(pk=pk, made_by_id=maker)) for pk, maker in makers]
    found = select(due[1:], {due[0]: None}, {1: 1, 2: 5, 3: 4, 4: 3, 5: 6})
    assert [delivery.hook.pk for delivery in found] == [6, 4, 3, 5]
    many = [Delivery(pk=pk, hook=OutgoingHook(pk=pk, made_by_id=pk)) for pk in range(1, 40)]
    assert len(select(many, {due[0]: None, due[1]: None}, {})) == SENDING_THREADS - 2
