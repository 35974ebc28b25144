"""`manage.py backup FILE`: writes a snapshot of the whole site into one file, while servers run."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from ops.backup.errors import BackupError
from ops.backup.progress import Progress
from ops.backup.site_backup import backup_site, describe


class Command(BaseCommand):
    @property
    def help(self) -> str:  # type: ignore[override] # translated on each call
        return _("Keeps the whole site, as it is at this moment, in one file. Servers may go on running.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *, file: Path, **options: Any) -> None:
        try:
            manifest = backup_site(file, Progress(self.stdout))
        except BackupError as error:
            raise CommandError(error.text) from error
        size = f"{file.stat().st_size / 2**20:.1f}"
        sentence = _("%(file)s holds %(what)s (%(size)s MB). Try it: manage.py restore --check %(file)s")
        self.stdout.write(sentence % {"file": file, "what": describe(manifest), "size": size})
        self.stdout.write(
            _(
                "Not in it: SECRET_KEY and the rest of .env. Keep them too, elsewhere: with another SECRET_KEY "
                "everybody has to sign in again. Who reads this file reads everything that was said."
            )
        )
