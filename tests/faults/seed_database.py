"""`python -m tests.faults.seed_database 12`: migrate an empty database and add signed-in users and three rooms.

Prints `{"users": [{id, name, cookie}], "rooms": [id]}` as JSON.
"""

import json
import sys

import django

django.setup()

from django.core.management import call_command  # noqa: E402

from accounts.models import User  # noqa: E402
from rooms.models import Room  # noqa: E402
from tests.people import sign_up  # noqa: E402


def seed_database(count: int) -> dict[str, list]:
    call_command("migrate", verbosity=0)
    people = [sign_up(f"writer{number}") for number in range(count)]
    owner = User.objects.get(pk=people[0].id)
    rooms = [Room.create(owner, name) for name in ("Faults", "Errors", "Mishaps")]
    Room.objects.filter(owner=owner).update(permanent=True)
    users = [{"id": person.id, "name": person.name, "cookie": person.cookie} for person in people]
    return {"users": users, "rooms": [room.pk for room in rooms]}


if __name__ == "__main__":
    print(json.dumps(seed_database(int(sys.argv[1]))))
