"""`manage.py export`: a room's log, or all of one person's, as JSON or as a page."""

import contextlib
import os
import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from accounts.models import User
from rooms.export.export import Export
from rooms.export.formats import FORMATS
from rooms.models import Room
from rooms.models.room import name_filter
from rooms.protocol.errors import ChatError


class Command(BaseCommand):
    @property
    def help(self):  # type: ignore[override]
        return _("Writes a room's whole log, or all that is kept of one person, as JSON or HTML.")

    def add_arguments(self, parser):
        parser.add_argument("what", choices=["room", "user"])
        parser.add_argument("which", help=_("its name, or its id"))
        parser.add_argument("--format", choices=list(FORMATS), default="json")
        parser.add_argument("--output", type=Path, help=_("a new file; without it, standard output"))

    def handle(self, *, what, which, format, output, **options):
        export = Export.of_room(room(which)) if what == "room" else Export.of_user(user(which))
        write, _content_type = FORMATS[format]
        try:
            with new_file(output) if output else contextlib.nullcontext(self.stdout._out) as file:
                for piece in write(export):
                    file.write(piece)
        except FileExistsError as error:
            raise CommandError(
                _("There is a file %(path)s already, and it stays as it is.") % {"path": output}
            ) from error
        except BrokenPipeError:
            sys.exit(1)  # whoever reads has enough
        except OSError as error:
            raise CommandError(f"{output}: {error.strerror}") from error


def new_file(path):
    """Only its owner reads it."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8")


def room(which):
    """By id any room, closed ones and conversations too; by name an open one."""
    found = Room.objects.filter(pk=int(which)).first() if which.isdecimal() else None
    found = found or Room.public().filter(name_filter(which)).first()
    if found is None:
        raise CommandError(ChatError("no_such_room").text)
    return found


def user(which):
    found = User.objects.named(which).first() or (
        User.objects.filter(pk=int(which)).first() if which.isdecimal() else None
    )
    if found is None:
        raise CommandError(ChatError("no_such_user").text)
    return found
