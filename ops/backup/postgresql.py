"""Backup and restore of PostgreSQL by its own programs, in the snapshot that the checksums are computed in."""

import contextlib
import secrets
import subprocess
from collections.abc import Iterable, Iterator
from functools import partial

from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.translation import gettext as _

from .archive import CHUNK_BYTES, DumpReader
from .contents import site_tables
from .dedicated_connection import dedicated_connection, execute
from .errors import BackupError
from .postgresql_programs import Program, environment, run_program
from .progress import Progress

INSUFFICIENT_PRIVILEGE = "42501"  # an SQLSTATE
WITHOUT_OWNERS = ["--no-owner", "--no-privileges"]


class PostgreSQLBackend:
    title = "PostgreSQL"
    is_compressed = True

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self._connection = connection
        self._run = partial(run_program, environment(connection.settings_dict))

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[BaseDatabaseWrapper]:
        """A connection that reads the database as of now, whatever is written concurrently."""
        with dedicated_connection(self._connection) as connection:
            execute(connection, ["BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"])
            yield connection

    def dump(self, snapshot: BaseDatabaseWrapper, progress: Progress) -> Iterator[bytes]:
        """The chunks of a dump of the snapshot."""
        with snapshot.cursor() as cursor:
            cursor.execute("SELECT pg_export_snapshot()")
            [snapshot_id] = cursor.fetchone()
        tables = [f"--table={table}" for table in site_tables(snapshot)]
        arguments = ["--format=custom", *WITHOUT_OWNERS, f"--snapshot={snapshot_id}", *tables]
        with self._run("pg_dump", *arguments, output=subprocess.PIPE) as program:
            done = 0
            while chunk := program.read(CHUNK_BYTES):
                done += len(chunk)
                progress.update(_("Dumped: %(megabytes)s MB") % {"megabytes": done >> 20})
                yield chunk
            program.finish()

    @contextlib.contextmanager
    def scratch_database(self, dump: DumpReader, progress: Progress) -> Iterator[BaseDatabaseWrapper]:
        """A connection to a temporary database with the dump restored into it. Raises `no_scratch`."""
        name = f"tertulia_check_{secrets.token_hex(4)}"
        with dedicated_connection(self._connection) as connection:
            try:
                execute(connection, [f"CREATE DATABASE {name} TEMPLATE template0"])
            except DatabaseError as error:
                raise self._cannot_create(error) from error
            try:
                progress.begin(_("Restoring into the database %(name)s") % {"name": name})
                with self._run("pg_restore", *WITHOUT_OWNERS, "--exit-on-error", f"--dbname={name}") as program:
                    program.feed(dump.chunks(), progress)
                    program.finish()
                with dedicated_connection(self._connection, name=name) as scratch:
                    yield scratch
            finally:
                execute(connection, [f"DROP DATABASE {name} WITH (FORCE)"])

    def _cannot_create(self, error: DatabaseError) -> BackupError:
        if getattr(error.__cause__, "sqlstate", "") == INSUFFICIENT_PRIVILEGE:
            return BackupError("no_scratch", user=self._connection.settings_dict["USER"])
        return BackupError("unreachable", reason=str(error).strip())

    def integrity_errors(self, connection: BaseDatabaseWrapper) -> list[str]:
        """None: PostgreSQL has checked keys and constraints during the restore."""
        return []

    def replace_site(self, dump: DumpReader, statements: Iterable[str], progress: Progress) -> None:
        """Drop the site's tables, restore the dump and run the statements, all in one transaction."""
        drops = [f'DROP TABLE IF EXISTS "{table}" CASCADE' for table in site_tables(self._connection)]
        progress.begin(_("Restoring"))
        with (
            self._run("psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--file=-") as session,
            self._run("pg_restore", *WITHOUT_OWNERS, "--file=-", output=session.stdin) as restore,
        ):
            write(session, ["SET client_min_messages = warning", "BEGIN", *drops])
            restore.feed(dump.chunks(), progress)
            # Nothing is committed unless pg_restore has succeeded.
            restore.finish(into=session)
            write(session, ["RESET search_path", *statements, "COMMIT"])
            session.close_input()
            session.finish()


def write(session: Program, statements: Iterable[str]) -> None:
    """Send statements to a running psql."""
    session.write("".join(f"{statement};\n" for statement in statements).encode())
