"""`manage.py demo`: example users, rooms and messages for a development site."""

import datetime
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from accounts.models import User
from rooms.delivery.change_events import SITE_GROUP
from rooms.hub.process import publish
from rooms.log.batch import write
from rooms.log.drafts import Draft
from rooms.models import Room
from rooms.protocol import bus_events
from rooms.protocol.errors import ChatError

PASSWORD = "tertulia-demo"  # noqa: S105, printed by the command
NAMESPACE = uuid.UUID("5f1f5c0e-8f0d-4c53-9f52-3a3f7d7f2f10")
CAST = [("alice", "Alice", "Liddell", "F"), ("bob", "Bob", "Ross", "M"), ("charlie", "Charlie", "Bucket", "M")]
CAST += [("dolores", "Dolores", "Ibarra", "F"), ("emilia", "Emilia", "Pardo", "F")]
TALK = {
    "": [
        ("alice", "Good morning! Is anybody here yet?"),
        ("bob", "Here. The coffee is still brewing."),
        ("charlie", "Morning! There is a new room, Books: #gR Books"),
        ("dolores", "¡Buenos días! Llego ahora mismo."),
        ("alice", "Then we are almost complete."),
    ],
    "Books": [
        ("charlie", "What is everybody reading?"),
        ("emilia", "«Rayuela», and I jump between the chapters as told."),
        ("bob", "A book about clouds. Happy little ones."),
    ],
    "Chess": [("dolores", "1. e4"), ("emilia", "1… c5, as always.")],
}


class Command(BaseCommand):
    help = "Fill a development site with a small cast, rooms and messages; doing it again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--yes", action="store_true", help="do it although DEBUG is off")

    def handle(self, *args: Any, **options: Any) -> None:
        if not (settings.DEBUG or options["yes"]):
            raise CommandError(_("These accounts share a known password. On a site others can reach say: demo --yes"))
        cast = {username: find_or_create_user(username, *names) for username, *names in CAST}
        for name, lines in TALK.items():
            add_messages(find_or_create_room(name, cast[lines[0][0]]), cast, lines)
        add_private_message(cast["alice"], cast["bob"], "Shall we play at six?")
        publish(SITE_GROUP, bus_events.lobby())
        people = ", ".join(cast)
        self.stdout.write(_("Sign in as %(people)s; the password is %(word)s.") % {"people": people, "word": PASSWORD})


def find_or_create_user(username: str, first_names: str, last_names: str, gender: str) -> User:
    found = User.objects.filter(username=username).first()
    return found or User.objects.create_user(
        username,
        password=PASSWORD,
        first_names=first_names,
        last_names=last_names,
        gender=gender,
        birth_date=datetime.date(1990, 5, 17),
    )


def find_or_create_room(name: str, owner: User) -> Room:
    """The default room for an empty name, else a permanent room."""
    if not name:
        default: Room = Room.default()
        return default
    try:
        room: Room = Room.named(owner, name)
    except ChatError:
        room = Room.create(owner, name)
    Room.objects.filter(pk=room.pk).update(permanent=True)
    return room


def add_messages(room: Room, cast: Mapping[str, User], lines: Sequence[tuple[str, str]]) -> None:
    for user in {cast[username] for username, _text in lines}:
        room.admit(user)
    write([draft(cast[username], room, text) for username, text in lines])


def add_private_message(author: User, reader: User, text: str) -> None:
    write([draft(author, Room.between(author, reader), text)])


def draft(author: User, room: Room, text: str) -> Draft:
    """A draft whose client id is derived from its text, so that repeated runs are idempotent."""
    return Draft(author.pk, room.pk, uuid.uuid5(NAMESPACE, f"{room.pk} {author.username} {text}"), text)
