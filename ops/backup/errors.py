"""Errors of backup and restore, each with a sentence that says what helps."""

from django.utils.translation import gettext_lazy as _

from common.errors import ExpectedError

SENTENCES = {
    # code: (HTTP status, sentence)
    "file_exists": (409, _("There is a file %(path)s already, and it stays as it is. Choose another name.")),
    "cannot_write": (400, _("%(path)s cannot be written: %(reason)s.")),
    "no_file": (404, _("There is no file %(path)s that can be read.")),
    "not_a_backup": (
        400,
        _("%(path)s is no whole backup: it was cut short, changed, or is some other file."),
    ),
    "newer_backup": (
        409,
        _("This backup was made by a newer release (%(version)s). Install that one first, then restore."),
    ),
    "other_database": (
        409,
        _("This backup is of %(theirs)s, and DATABASE_URL names %(ours)s. Let it name a %(theirs)s database."),
    ),
    "no_program": (
        409,
        _("%(program)s is missing, which comes with PostgreSQL: on Debian, apt-get install postgresql-client."),
    ),
    "program_failed": (409, _("%(program)s could not do it, and nothing was changed. It says: %(said)s")),
    "no_scratch": (
        409,
        _(
            "The database's user may not make a database to try the backup in. Let the owner of the server say:"
            ' ALTER ROLE "%(user)s" CREATEDB'
        ),
    ),
    "servers_live": (
        409,
        _(
            "Servers are running on this database: %(names)s. Stop them first, and try again 15 seconds later; or say "
            "--although-servers-run, and their clients are sent away and begin anew."
        ),
    ),
    "differs": (409, _("The backup does not hold what it should: %(what)s")),
    "not_empty": (
        409,
        _("There is a site in this database, and all of it would be replaced. If that is what you want, say --yes."),
    ),
    "unreachable": (503, _("The database does not answer: %(reason)s")),
}


class BackupError(ExpectedError):
    """An expected failure of a backup or a restore."""

    sentences = SENTENCES
