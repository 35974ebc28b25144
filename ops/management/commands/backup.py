"""`manage.py backup FILE`: the whole site of one moment in one file, while people talk."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from ops.backup.errors import KeepingRefusal
from ops.backup.progress import Progress
from ops.backup.site_backup import back_up, told


class Command(BaseCommand):
    @property
    def help(self):  # type: ignore[override]
        return _("Keeps the whole site, as it is at this moment, in one file. Servers may go on running.")

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)

    def handle(self, *, file, **options):
        try:
            manifest = back_up(file, Progress(self.stdout))
        except KeepingRefusal as refusal:
            raise CommandError(refusal.text) from refusal
        size = f"{file.stat().st_size / 2**20:.1f}"
        words = _("%(file)s holds %(what)s (%(size)s MB). Try it: manage.py restore --check %(file)s")
        self.stdout.write(words % {"file": file, "what": told(manifest), "size": size})
        self.stdout.write(
            _(
                "Not in it: SECRET_KEY and the rest of .env. Keep them too, elsewhere: with another SECRET_KEY "
                "everybody has to sign in again. Who reads this file reads everything that was said."
            )
        )
