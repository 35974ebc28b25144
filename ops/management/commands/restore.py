"""`manage.py restore FILE`: replaces the site by a backup; `--check` only compares, in a scratch database."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.utils.translation import gettext as _

from chatsite.health import is_migrated
from ops.backup.errors import BackupError
from ops.backup.progress import Progress
from ops.backup.site_backup import check_backup, describe, restore_site


class Command(BaseCommand):
    @property
    def help(self) -> str:  # type: ignore[override] # translated on each call
        return _("Brings a backup back, in the place of everything that is there; or only tries it (--check).")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--check", action="store_true", help=_("restore into a scratch place, compare, throw away"))
        parser.add_argument("--yes", action="store_true", help=_("replace the site that is there"))
        help_text = _("send the clients of running servers away, in place of refusing")
        parser.add_argument("--although-servers-run", action="store_true", help=help_text)
        help_text = _("end all sessions: who signed out since the backup would be signed in again")
        parser.add_argument("--sign-out", action="store_true", help=help_text)

    def handle(self, *, file: Path, check: bool, **options: Any) -> None:
        try:
            if check:
                self._check(file, Progress(self.stdout))
            else:
                self._restore(file, Progress(self.stdout), options)
        except BackupError as error:
            raise CommandError(error.text) from error

    def _check(self, file: Path, progress: Progress) -> None:
        manifest = check_backup(file, progress)
        sentence = _("The backup is whole: every table has the same rows, and no log has a hole. It holds %(what)s.")
        self.stdout.write(sentence % {"what": describe(manifest)})

    def _restore(self, file: Path, progress: Progress, options: Mapping[str, Any]) -> None:
        manifest = restore_site(
            file,
            progress,
            although_servers_run=options["although_servers_run"],
            although_not_empty=options["yes"],
            sign_out=options["sign_out"],
        )
        self.stdout.write(_("Restored: %(what)s. Every client begins its rooms anew.") % {"what": describe(manifest)})
        if not is_migrated(connection):
            self.stdout.write(_("The backup is of an older release. Before you start a server: manage.py migrate"))
