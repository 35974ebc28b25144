"""`python -m tests.faults.crowd 300 20`: so many more people, and rooms of as many of them, told as JSON."""

import json
import secrets
import sys

import django

django.setup()

from django.conf import settings  # noqa: E402

from accounts.models import Session, User  # noqa: E402
from bench.site.fixtures import unsaved_session, unsaved_user  # noqa: E402
from rooms.models import Room  # noqa: E402


def crowd(people, rooms):
    batch = secrets.token_hex(3)
    users = User.objects.bulk_create([unsaved_user(f"crowd{batch}{number:05d}") for number in range(people)])
    sessions = Session.objects.bulk_create([unsaved_session(user) for user in users])
    cast = [
        {"id": user.pk, "name": user.username, "cookie": f"{settings.SESSION_COOKIE_NAME}={session.session_key}"}
        for user, session in zip(users, sessions, strict=True)
    ]
    made = [Room.create(owner, f"Room {batch} {number}") for number, owner in enumerate(users[:rooms])]
    return {"people": cast, "rooms": [room.pk for room in made]}


if __name__ == "__main__":
    print(json.dumps(crowd(*map(int, sys.argv[1:]))))
