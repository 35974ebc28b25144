"""`manage.py export`: writes a room's log, or the data of one user, as JSON or HTML."""

import contextlib
import os
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Any, TextIO, cast

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from accounts.models import User
from rooms.export.export import Export
from rooms.export.formats import FORMATS
from rooms.models import Room
from rooms.models.room import name_filter
from rooms.protocol.errors import ChatError


class Command(BaseCommand):
    @property
    def help(self) -> str:  # type: ignore[override] # translated on each call
        return _("Writes a room's whole log, or all that is kept of one person, as JSON or HTML.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["room", "user"])
        parser.add_argument("which", help=_("its name, or its id"))
        parser.add_argument("--format", choices=list(FORMATS), default="json")
        parser.add_argument("--output", type=Path, help=_("a new file; without it, standard output"))

    def handle(self, *, what: str, which: str, format: str, output: Path | None, **options: Any) -> None:
        export = Export.of_room(find_room(which)) if what == "room" else Export.of_user(find_user(which))
        write, _content_type = FORMATS[format]
        try:
            with self._open(output) as file:
                for piece in write(export):
                    file.write(piece)
        except FileExistsError as error:
            raise CommandError(
                _("There is a file %(path)s already, and it stays as it is.") % {"path": output}
            ) from error
        except BrokenPipeError:
            sys.exit(1)  # the reading end of the pipe was closed
        except OSError as error:
            raise CommandError(f"{output}: {error.strerror}") from error

    def _open(self, output: Path | None) -> contextlib.AbstractContextManager[TextIO]:
        """A new file; without a path standard output, which stays open. Raises FileExistsError."""
        return create_file(output) if output else contextlib.nullcontext(cast(TextIO, self.stdout._out))


def create_file(path: Path) -> TextIOWrapper:
    """A new file, readable by its owner only. Raises FileExistsError."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8")


def find_room(id_or_name: str) -> Room:
    """A room by id, also a closed one or a conversation, or an open room by name."""
    found = Room.objects.filter(pk=int(id_or_name)).first() if id_or_name.isdecimal() else None
    found = found or Room.public().filter(name_filter(id_or_name)).first()
    if found is None:
        raise CommandError(ChatError("no_such_room").text)
    return found


def find_user(id_or_name: str) -> User:
    """A user by name or id, also an inactive one."""
    found = User.objects.named(id_or_name).first()
    if found is None and id_or_name.isdecimal():
        found = User.objects.filter(pk=int(id_or_name)).first()
    if found is None:
        raise CommandError(ChatError("no_such_user").text)
    return found
