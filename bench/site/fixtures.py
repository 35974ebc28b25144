"""Fills an empty database of a site with users, their sessions, and rooms; prints cookies and room ids as JSON.

`python -m bench.site.fixtures 5000 100` in the environment of the server that will use that database.
"""

import json
import os
import sys
from datetime import timedelta

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import Session, User  # noqa: E402
from accounts.session_store import SessionStore  # noqa: E402
from common import names  # noqa: E402
from rooms.models import Room  # noqa: E402


def main(user_count: int, room_count: int) -> None:
    call_command("migrate", interactive=False, verbosity=0)
    users = User.objects.bulk_create([unsaved_user(f"bench{number:05d}") for number in range(user_count)])
    sessions = Session.objects.bulk_create([unsaved_session(user) for user in users])
    made = [Room.create(users[number % user_count], f"Room {number:03d}") for number in range(room_count)]
    Room.objects.update(permanent=True)
    cookies = [f"{settings.SESSION_COOKIE_NAME}={session.session_key}" for session in sessions]
    print(json.dumps({"cookies": cookies, "rooms": [room.pk for room in made], "default": Room.default().pk}))


def unsaved_user(name: str) -> User:
    """A user without a password, for bulk creation. The skeleton of the name is made unique."""
    user = User(username=name, username_key=names.key(name), username_look=f"look {name}")
    user.set_unusable_password()
    return user


def unsaved_session(user: User) -> Session:
    """A session of the user, for bulk creation."""
    data = {SESSION_KEY: str(user.pk), HASH_SESSION_KEY: user.get_session_auth_hash()}
    data[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session = SessionStore().create_model_instance(data)
    session.expire_date = timezone.now() + timedelta(days=1)
    return session


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
