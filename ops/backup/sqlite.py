"""Backup and restore of SQLite by its online backup API, which reads a snapshot while others write."""

import contextlib
import sqlite3
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.translation import gettext as _

from .archive import CHUNK_BYTES, DumpReader
from .dedicated_connection import dedicated_connection, execute
from .errors import BackupError
from .progress import Progress

PAGES_PER_STEP = 4096
LOCKED_SECONDS = 30


class SQLiteBackend:
    title = "SQLite"
    is_compressed = False

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self._connection = connection

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[BaseDatabaseWrapper]:
        """A connection that reads the database as of now, whatever is written concurrently."""
        with dedicated_connection(self._connection) as connection:
            # A read transaction: no checkpoint folds concurrent writes of the WAL in before it ends.
            execute(connection, ["BEGIN", "SELECT count(*) FROM sqlite_master"])
            yield connection

    def dump(self, snapshot: BaseDatabaseWrapper, progress: Progress) -> Iterator[bytes]:
        """The chunks of a database file with the contents of the snapshot."""
        with tempfile.TemporaryDirectory(prefix="tertulia-backup-") as folder:
            path = Path(folder) / "copy"
            with contextlib.closing(sqlite3.connect(path)) as copy:
                copy_pages(snapshot.connection, copy, progress)
                copy.execute("PRAGMA journal_mode=DELETE")  # moves the WAL into this one file
            with path.open("rb") as file:
                while chunk := file.read(CHUNK_BYTES):
                    yield chunk

    @contextlib.contextmanager
    def scratch_database(self, dump: DumpReader, progress: Progress) -> Iterator[BaseDatabaseWrapper]:
        """A connection to a temporary database file with the dump restored into it."""
        with tempfile.TemporaryDirectory(prefix="tertulia-restore-") as folder:
            progress.begin(_("Unpacking"))
            path = Path(folder) / "copy"
            dump.copy_to(path)
            with dedicated_connection(self._connection, name=str(path)) as connection:
                yield connection

    def integrity_errors(self, connection: BaseDatabaseWrapper) -> list[str]:
        """The results of SQLite's integrity and foreign key checks."""
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA integrity_check")
            found = [text for (text,) in cursor.fetchall() if text != "ok"]
            cursor.execute("PRAGMA foreign_key_check")
            return found + [f"{table}: {parent}" for table, _row, parent, _number in cursor.fetchall()]

    def replace_site(self, dump: DumpReader, statements: Iterable[str], progress: Progress) -> None:
        """Run the statements on a scratch copy of the dump, and copy that over the site in one transaction."""
        with (
            self.scratch_database(dump, progress) as restored,
            dedicated_connection(self._connection) as live,
        ):
            try:
                execute(restored, ["BEGIN", *statements, "COMMIT"])
            except DatabaseError as error:
                raise BackupError("program_failed", program="SQLite", said=error) from error
            copy_pages(restored.connection, live.connection, progress)


def copy_pages(source: sqlite3.Connection, target: sqlite3.Connection, progress: Progress) -> None:
    """Copy a whole database. Raises `unreachable` if it stays locked for `LOCKED_SECONDS`."""
    last, deadline = -1, time.monotonic() + LOCKED_SECONDS

    def on_step(_status: int, remaining: int, total: int) -> None:
        nonlocal last, deadline
        if remaining != last:
            last, deadline = remaining, time.monotonic() + LOCKED_SECONDS
        elif time.monotonic() > deadline:
            raise BackupError("unreachable", reason="database is locked")
        progress.update(_("Copying: %(percent)s %%") % {"percent": 100 * (total - remaining) // max(total, 1)})

    try:
        source.backup(target, pages=PAGES_PER_STEP, progress=on_step)
    except sqlite3.Error as error:
        raise BackupError("program_failed", program="SQLite", said=error) from error
