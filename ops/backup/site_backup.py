"""Backup, check and restore of a whole site."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from django.db import DatabaseError, connection
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from common.version import VERSION
from rooms.presence.models import Process

from .archive import FORMAT, Manifest, create_archive, open_archive
from .contents import differences, latest_migrations, site_tables, summarize, unknown_migrations
from .errors import BackupError
from .post_restore import post_restore_statements
from .postgresql import PostgreSQLBackend
from .progress import Progress
from .sqlite import SQLiteBackend

Backend = PostgreSQLBackend | SQLiteBackend
BACKENDS: dict[str, type[PostgreSQLBackend] | type[SQLiteBackend]] = {
    "postgresql": PostgreSQLBackend,
    "sqlite": SQLiteBackend,
}
MAX_DIFFERENCES = 10

ResultT = TypeVar("ResultT")


def backup_site(path: Path, progress: Progress) -> Manifest:
    """Write the site as of now into a new file; its manifest. Safe while servers run."""
    backend = BACKENDS[connection.vendor](connection)
    with create_archive(path) as archive, backend.snapshot() as snapshot:
        made_at = timezone.now().isoformat()
        archive.write_database(backend.dump(snapshot, progress), compressed=backend.is_compressed)
        tables = summarize(snapshot, site_tables(snapshot), progress)
        manifest = Manifest(VERSION, made_at, connection.vendor, latest_migrations(snapshot), tables)
        archive.write_manifest(manifest)
    return manifest


def check_backup(path: Path, progress: Progress) -> Manifest:
    """Restore a backup into a scratch database and compare; its manifest. Raises `differs`."""
    with open_archive(path) as (manifest, dump):
        backend = backend_for(manifest)
        with backend.scratch_database(dump, progress) as scratch:
            found = [*backend.integrity_errors(scratch), *differences(scratch, manifest, progress)]
    if found:
        raise BackupError("differs", what="; ".join(found[:MAX_DIFFERENCES]))
    return manifest


def restore_site(
    path: Path,
    progress: Progress,
    although_servers_run: bool = False,
    although_not_empty: bool = False,
    sign_out: bool = False,
) -> Manifest:
    """Replace the whole site by a backup; its manifest. Raises `servers_live` and `not_empty`, unless overridden."""
    with open_archive(path) as (manifest, dump):
        backend = backend_for(manifest)
        refuse_live_servers(although_servers_run)
        refuse_site(although_not_empty)
        statements = post_restore_statements(connection.vendor, manifest.tables, sign_out)
        backend.replace_site(dump, statements, progress)
    return manifest


def backend_for(manifest: Manifest) -> Backend:
    """The backend of this site's database. Raises `newer_backup` and `other_database` if it cannot take the backup."""
    if manifest.format > FORMAT or unknown_migrations(manifest.migrations):
        raise BackupError("newer_backup", version=manifest.version)
    if manifest.vendor != connection.vendor:
        theirs, ours = BACKENDS[manifest.vendor].title, BACKENDS[connection.vendor].title
        raise BackupError("other_database", theirs=theirs, ours=ours)
    return BACKENDS[connection.vendor](connection)


def refuse_live_servers(although_servers_run: bool) -> None:
    names = query_site(lambda: list(Process.living().values_list("name", flat=True)))
    if names and not although_servers_run:
        raise BackupError("servers_live", names=", ".join(names))


def refuse_site(although_not_empty: bool) -> None:
    if not although_not_empty and query_site(lambda: User.objects.exists()):
        raise BackupError("not_empty")


def query_site(query: Callable[[], ResultT]) -> ResultT | None:
    """The result of `query`; None if the database holds no site. Raises `unreachable`."""
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        raise BackupError("unreachable", reason=str(error).strip()) from error
    return query() if site_tables(connection) else None


def describe(manifest: Manifest) -> str:
    """The contents of a backup as a phrase in the active language."""
    rows = {name: f"{summary['rows']:,}" for name, summary in manifest.tables.items()}
    tables = {"users": "accounts_user", "rooms": "rooms_room", "messages": "rooms_message"}
    values = {"at": manifest.made_at, **{key: rows.get(table, "0") for key, table in tables.items()}}
    return _("%(messages)s messages, %(rooms)s rooms and %(users)s users of %(at)s") % values
