"""Rooms for browser tests, with a history written directly to the database."""

import datetime
import uuid

from django.utils import timezone

from rooms.log.batch import write
from rooms.log.drafts import Draft
from rooms.models import Message, Room
from tests.people import unique

BATCH = 200


async def open_tabs_in_room(open_tab, people):
    """Open tabs of ana and bruno, on two processes if possible, in a new room of ana: `(ana, bruno, name)`."""
    ana, bruno = await open_tab("ana", people.ana), await open_tab("bruno", people.bruno, server=-1)
    await ana.visit()
    await bruno.visit()
    chess = unique("Chess")
    await ana.send_message(f"#cR {chess}")
    await ana.expect_room(chess)
    await bruno.send_message(f"#gR {chess}")
    await bruno.expect_room(chess)
    return ana, bruno, chess


def room_with(count, *people, minutes_apart=0):
    """Create a permanent room with messages "1 of 120", "2 of 120" … by `people` in turn; return its id.

    `minutes_apart`: minutes between two messages; the last one is of now.
    """
    users = [person.user for person in people]
    room = Room.create(users[0], unique("Long"))
    Room.objects.filter(pk=room.pk).update(permanent=True)
    for user in users:
        room.admit(user)
    for start in range(0, count, BATCH):
        numbers = range(start, min(count, start + BATCH))
        write([Draft(users[n % len(users)].pk, room.pk, uuid.uuid4(), f"{n + 1} of {count}") for n in numbers])
    if minutes_apart:
        _spread(room, minutes_apart)
    return room.pk


def _spread(room, minutes):
    now = timezone.now()
    messages = list(Message.objects.filter(room=room).order_by("-seq"))
    for place, message in enumerate(messages):
        message.at = now - datetime.timedelta(minutes=place * minutes)
    Message.objects.bulk_update(messages, ["at"], batch_size=BATCH)
