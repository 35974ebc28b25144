"""Changing the tables of a site that goes on talking meanwhile."""

import contextlib

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db.migrations import AddIndex

# Whoever waits for a table holds up everybody behind: better to let go, and to try again.
LOCK_SECONDS = 2

INVALID = """
SELECT 1 FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
WHERE relname = %s AND pg_table_is_visible(pg_class.oid) AND NOT indisvalid
"""


class AddIndexGently(AddIndexConcurrently):
    """An index that is made while others write, in a migration with `atomic = False`.

    PostgreSQL leaves half an index where that was broken off: it goes first. SQLite has one writer anyway.
    """

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "postgresql":
            self._drop_half(schema_editor)
            super().database_forwards(app_label, schema_editor, from_state, to_state)
        else:
            AddIndex.database_forwards(self, app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "postgresql":
            super().database_backwards(app_label, schema_editor, from_state, to_state)
        else:
            AddIndex.database_backwards(self, app_label, schema_editor, from_state, to_state)

    def _drop_half(self, schema_editor):
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(INVALID, [self.index.name])
            if cursor.fetchone():
                cursor.execute(f"DROP INDEX CONCURRENTLY {schema_editor.quote_name(self.index.name)}")


@contextlib.contextmanager
def patience(connection):
    """Statements may take as long as they need, but wait for a lock only for a moment."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(f"SET lock_timeout = '{LOCK_SECONDS}s'")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET statement_timeout")
            cursor.execute("RESET lock_timeout")


def is_lock_timeout(error):
    """Whether a table was not to be had in time."""
    return getattr(error.__cause__, "sqlstate", "") == "55P03"
