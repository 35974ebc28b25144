"""`python -m tests.faults.settle 12`: a fresh database with so many signed-in people and three rooms, told as JSON."""

import json
import sys

import django

django.setup()

from django.core.management import call_command  # noqa: E402

from accounts.models import User  # noqa: E402
from rooms.models import Room  # noqa: E402
from tests.people import sign_up  # noqa: E402


def settle(count):
    call_command("migrate", verbosity=0)
    people = [sign_up(f"talker{number}") for number in range(count)]
    owner = User.objects.get(pk=people[0].id)
    rooms = [Room.create(owner, name) for name in ("Faults", "Errors", "Mishaps")]
    Room.objects.filter(owner=owner).update(permanent=True)
    cast = [{"id": person.id, "name": person.name, "cookie": person.cookie} for person in people]
    return {"people": cast, "rooms": [room.pk for room in rooms]}


if __name__ == "__main__":
    print(json.dumps(settle(int(sys.argv[1]))))
