"""`python -m tests.faults.add_users 300 20`: add signed-in users, and rooms that the first of them own.

Prints `{"users": [{id, name, cookie}], "rooms": [id]}` as JSON.
"""

import json
import secrets
import sys

import django

django.setup()

from django.conf import settings  # noqa: E402

from accounts.models import Session, User  # noqa: E402
from bench.site.fixtures import unsaved_session, unsaved_user  # noqa: E402
from rooms.models import Room  # noqa: E402


def add_users(count: int, rooms: int) -> dict[str, list]:
    batch = secrets.token_hex(3)
    users = User.objects.bulk_create([unsaved_user(f"crowd{batch}{number:05d}") for number in range(count)])
    sessions = Session.objects.bulk_create([unsaved_session(user) for user in users])
    added = [
        {"id": user.pk, "name": user.username, "cookie": f"{settings.SESSION_COOKIE_NAME}={session.session_key}"}
        for user, session in zip(users, sessions, strict=True)
    ]
    created = [Room.create(owner, f"Room {batch} {number}") for number, owner in enumerate(users[:rooms])]
    return {"users": added, "rooms": [room.pk for room in created]}


if __name__ == "__main__":
    print(json.dumps(add_users(*map(int, sys.argv[1:]))))
