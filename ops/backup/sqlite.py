"""Keeping SQLite: its online backup, which reads one moment while others go on writing."""

import contextlib
import sqlite3
import tempfile
import time
from pathlib import Path

from django.db import DatabaseError
from django.utils.translation import gettext as _

from .archive import PIECE_BYTES
from .dedicated_connection import apart, execute
from .errors import KeepingRefusal

PAGES_A_STEP = 4096
LOCKED_SECONDS = 30


class SQLite:
    title = "SQLite"
    is_compressed = False

    def __init__(self, connection):
        self._connection = connection

    @contextlib.contextmanager
    def moment(self):
        """A connection that sees the database as it is now, whatever others write meanwhile."""
        with apart(self._connection) as connection:
            # The log that others write (WAL) is not folded in before this transaction ends.
            execute(connection, ["BEGIN", "SELECT count(*) FROM sqlite_master"])
            yield connection

    def pieces(self, moment, progress):
        """The bytes of the database at that moment."""
        with tempfile.TemporaryDirectory(prefix="tertulia-backup-") as folder:
            path = Path(folder) / "copy"
            with contextlib.closing(sqlite3.connect(path)) as copy:
                copy_pages(moment.connection, copy, progress)
                copy.execute("PRAGMA journal_mode=DELETE")  # so that this one file is all of it
            with path.open("rb") as file:
                while piece := file.read(PIECE_BYTES):
                    yield piece

    @contextlib.contextmanager
    def scratch(self, database, progress):
        """A connection to a backup's database, brought back into a file that is gone afterwards."""
        with tempfile.TemporaryDirectory(prefix="tertulia-restore-") as folder:
            progress.begin(_("Unpacking"))
            path = Path(folder) / "copy"
            database.copy_to(path)
            with apart(self._connection, name=str(path)) as connection:
                yield connection

    def faults(self, connection):
        """What the database itself finds wrong."""
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA integrity_check")
            found = [text for (text,) in cursor.fetchall() if text != "ok"]
            cursor.execute("PRAGMA foreign_key_check")
            return found + [f"{table}: {parent}" for table, _row, parent, _number in cursor.fetchall()]

    def replace(self, database, statements, progress):
        """Put a backup in the place of all there is, after these statements: in one transaction, or not at all."""
        with self.scratch(database, progress) as restored, apart(self._connection) as live:
            try:
                execute(restored, ["BEGIN", *statements, "COMMIT"])
            except DatabaseError as error:
                raise KeepingRefusal("program_failed", program="SQLite", said=error) from error
            copy_pages(restored.connection, live.connection, progress)


def copy_pages(source, target, progress):
    """Copy a whole database; gives up on one that stays locked."""
    last, until = None, time.monotonic() + LOCKED_SECONDS

    def step(_status, remaining, total):
        nonlocal last, until
        if remaining != last:
            last, until = remaining, time.monotonic() + LOCKED_SECONDS
        elif time.monotonic() > until:
            raise KeepingRefusal("unreachable", reason="database is locked")
        progress.go_on(_("Copying: %(percent)s %%") % {"percent": 100 * (total - remaining) // max(total, 1)})

    try:
        source.backup(target, pages=PAGES_A_STEP, progress=step)
    except sqlite3.Error as error:
        raise KeepingRefusal("program_failed", program="SQLite", said=error) from error
