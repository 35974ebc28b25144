"""Keeping PostgreSQL: its own programs, in the snapshot that the sums are counted in."""

import contextlib
import secrets
import subprocess
from functools import partial

from django.db import DatabaseError
from django.utils.translation import gettext as _

from .contents import tables_of
from .dedicated_connection import apart, execute
from .errors import KeepingRefusal
from .postgresql_programs import environment, run_program

MAY_NOT = "42501"  # insufficient_privilege
AS_OURS = ["--no-owner", "--no-privileges"]


class PostgreSQL:
    title = "PostgreSQL"
    is_compressed = True

    def __init__(self, connection):
        self._connection = connection
        self._run = partial(run_program, environment(connection.settings_dict))

    @contextlib.contextmanager
    def moment(self):
        """A connection that sees the database as it is now, whatever others write meanwhile."""
        with apart(self._connection) as connection:
            execute(connection, ["BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"])
            yield connection

    def pieces(self, moment, progress):
        """The bytes of a dump of that moment."""
        with moment.cursor() as cursor:
            cursor.execute("SELECT pg_export_snapshot()")
            [snapshot] = cursor.fetchone()
        chosen = [f"--table={table}" for table in tables_of(moment)]
        words = ["pg_dump", "--format=custom", *AS_OURS, f"--snapshot={snapshot}", *chosen]
        with self._run(*words, output=subprocess.PIPE) as dump:
            done = 0
            for piece in iter(partial(dump.stdout.read, 1 << 20), b""):
                done += len(piece)
                progress.go_on(_("Dumped: %(megabytes)s MB") % {"megabytes": done >> 20})
                yield piece
            dump.finish()

    @contextlib.contextmanager
    def scratch(self, database, progress):
        """A connection to a backup's database, brought back into a database that is gone afterwards."""
        name = f"tertulia_check_{secrets.token_hex(4)}"
        with apart(self._connection) as connection:
            try:
                execute(connection, [f"CREATE DATABASE {name} TEMPLATE template0"])
            except DatabaseError as error:
                raise self._why_not(error) from error
            try:
                progress.begin(_("Restoring into the database %(name)s") % {"name": name})
                with self._run("pg_restore", *AS_OURS, "--exit-on-error", f"--dbname={name}") as restore:
                    restore.feed(database.pieces(), progress)
                    restore.finish()
                with apart(self._connection, name=name) as scratch:
                    yield scratch
            finally:
                execute(connection, [f"DROP DATABASE {name} WITH (FORCE)"])

    def _why_not(self, error):
        if getattr(error.__cause__, "sqlstate", "") == MAY_NOT:
            return KeepingRefusal("no_scratch", user=self._connection.settings_dict["USER"])
        return KeepingRefusal("unreachable", reason=str(error).strip())

    def faults(self, connection):
        """PostgreSQL has checked keys and constraints while it restored."""
        return []

    def replace(self, database, statements, progress):
        """Put a backup in the place of all there is, and run these statements: in one transaction, or not at all."""
        before = [f'DROP TABLE IF EXISTS "{table}" CASCADE' for table in tables_of(self._connection)]
        progress.begin(_("Restoring"))
        with (
            self._run("psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--file=-") as session,
            self._run("pg_restore", *AS_OURS, "--file=-", output=session.stdin) as restore,
        ):
            write(session, ["SET client_min_messages = warning", "BEGIN", *before])
            restore.feed(database.pieces(), progress)
            # Without the last word nothing has happened.
            restore.finish(into=session)
            write(session, ["RESET search_path", *statements, "COMMIT"])
            session.stdin.close()
            session.finish()


def write(session, statements):
    with contextlib.suppress(BrokenPipeError):  # it has ended, and says why
        session.stdin.write("".join(f"{statement};\n" for statement in statements).encode())
        session.stdin.flush()
