"""`manage.py demo`: people, rooms and a little talk for a development site."""

import datetime
import uuid

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from accounts.models import User
from rooms.delivery.change_events import SITE_GROUP
from rooms.hub.process import publish
from rooms.log.batch import write
from rooms.log.drafts import Draft
from rooms.models import Room
from rooms.protocol.errors import ChatError

PASSWORD = "tertulia-demo"  # noqa: S105 (said to whoever runs the command)
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

    def add_arguments(self, parser):
        parser.add_argument("--yes", action="store_true", help="do it although DEBUG is off")

    def handle(self, *args, **options):
        if not (settings.DEBUG or options["yes"]):
            raise CommandError(_("These accounts share a known password. On a site others can reach say: demo --yes"))
        cast = {username: person(username, *names) for username, *names in CAST}
        for name, lines in TALK.items():
            talk(room_called(name, cast[lines[0][0]]), cast, lines)
        tell_privately(cast["alice"], cast["bob"], "Shall we play at six?")
        publish(SITE_GROUP, {"type": "lobby"})
        people = ", ".join(cast)
        self.stdout.write(_("Sign in as %(people)s; the password is %(word)s.") % {"people": people, "word": PASSWORD})


def person(username, first_names, last_names, gender):
    found = User.objects.filter(username=username).first()
    return found or User.objects.create_user(
        username,
        password=PASSWORD,
        first_names=first_names,
        last_names=last_names,
        gender=gender,
        birth_date=datetime.date(1990, 5, 17),
    )


def room_called(name, owner):
    if not name:
        return Room.default()
    try:
        room = Room.named(owner, name)
    except ChatError:
        room = Room.create(owner, name)
    Room.objects.filter(pk=room.pk).update(permanent=True)
    return room


def talk(room, cast, lines):
    for user in {cast[username] for username, _text in lines}:
        room.admit(user)
    write([draft(cast[username], room, text) for username, text in lines])


def tell_privately(author, reader, text):
    write([draft(author, Room.between(author, reader), text)])


def draft(author, room, text):
    """Its client id is made of what it says, so doing it again says nothing twice."""
    return Draft(author.pk, room.pk, uuid.uuid5(NAMESPACE, f"{room.pk} {author.username} {text}"), text)
