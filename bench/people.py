"""Fill an empty database of ours with people who are signed in and rooms to meet in; prints them as JSON.

`python -m bench.people 5000 100` in the environment of the server that will use that database.
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


def main(people, rooms):
    call_command("migrate", interactive=False, verbosity=0)
    users = User.objects.bulk_create([user_named(f"bench{number:05d}") for number in range(people)])
    sessions = Session.objects.bulk_create([session_of(user) for user in users])
    made = [Room.create(users[number % people], f"Room {number:03d}") for number in range(rooms)]
    Room.objects.update(permanent=True)
    cookies = [f"{settings.SESSION_COOKIE_NAME}={session.session_key}" for session in sessions]
    print(json.dumps({"cookies": cookies, "rooms": [room.pk for room in made], "default": Room.default().pk}))


def user_named(name):
    """An account nobody can sign in to; not saved. The name must look like no other."""
    user = User(username=name, username_key=names.key(name), username_look=f"look {name}")
    user.set_unusable_password()
    return user


def session_of(user):
    """A session in which the user is signed in; not saved."""
    held = {SESSION_KEY: str(user.pk), HASH_SESSION_KEY: user.get_session_auth_hash()}
    held[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store = SessionStore()
    session = store.create_model_instance(held)
    session.session_key, session.expire_date = store._get_new_session_key(), timezone.now() + timedelta(days=1)
    return session


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
