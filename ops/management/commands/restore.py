"""`manage.py restore FILE`: a backup in the place of the site; with `--check` only a try, in a scratch place."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils.translation import gettext as _

from chatsite.health import is_migrated
from ops.backup.errors import KeepingRefusal
from ops.backup.progress import Progress
from ops.backup.site_backup import bring_back, check, told


class Command(BaseCommand):
    @property
    def help(self):  # type: ignore[override]
        return _("Brings a backup back, in the place of everything that is there; or only tries it (--check).")

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--check", action="store_true", help=_("restore into a scratch place, compare, throw away"))
        parser.add_argument("--yes", action="store_true", help=_("replace the site that is there"))
        words = _("send the clients of running servers away, in place of refusing")
        parser.add_argument("--although-servers-run", action="store_true", help=words)
        words = _("end all sessions: who signed out since the backup would be signed in again")
        parser.add_argument("--sign-out", action="store_true", help=words)

    def handle(self, *, file, check, **options):
        try:
            (self._check if check else self._restore)(file, Progress(self.stdout), options)
        except KeepingRefusal as refusal:
            raise CommandError(refusal.text) from refusal

    def _check(self, file, progress, options):
        manifest = check(file, progress)
        words = _("The backup is whole: every table has the same rows, and no log has a hole. It holds %(what)s.")
        self.stdout.write(words % {"what": told(manifest)})

    def _restore(self, file, progress, options):
        said = {"although_servers_run": options["although_servers_run"], "although_not_empty": options["yes"]}
        manifest = bring_back(file, progress, **said, sign_out=options["sign_out"])
        self.stdout.write(_("Restored: %(what)s. Every client begins its rooms anew.") % {"what": told(manifest)})
        if not is_migrated(connection):
            self.stdout.write(_("The backup is of an older release. Before you start a server: manage.py migrate"))
