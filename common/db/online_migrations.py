"""Changing the tables of a site that goes on talking meanwhile."""

import contextlib

from django.contrib.postgres.operations import AddIndexConcurrently, NotInTransactionMixin
from django.db.migrations import AddIndex, AlterField

# Whoever waits for a table holds up everybody behind: better to let go, and to try again. Sooner than PostgreSQL looks
# for a deadlock (1 s): where a migration and a writer wait for each other, it is the migration that begins again.
LOCK_SECONDS = 0.5
BUSY = ("55P03", "40P01")  # not to be had in time; a deadlock

IS_WHOLE = """
SELECT indisvalid FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
WHERE relname = %s AND pg_table_is_visible(pg_class.oid)
"""


class AddIndexGently(AddIndexConcurrently):
    """An index that is made while others write, in a migration with `atomic = False`.

    Where the migration was broken off before, PostgreSQL has left the whole index, or half of one, which goes first.
    SQLite has one writer anyway.
    """

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor != "postgresql":
            AddIndex.database_forwards(self, app_label, schema_editor, from_state, to_state)
        elif not self._is_there(schema_editor):
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "postgresql":
            super().database_backwards(app_label, schema_editor, from_state, to_state)
        else:
            AddIndex.database_backwards(self, app_label, schema_editor, from_state, to_state)

    def _is_there(self, schema_editor):
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(IS_WHOLE, [self.index.name])
            found = cursor.fetchone()
            if found == (False,):
                cursor.execute(f"DROP INDEX CONCURRENTLY {schema_editor.quote_name(self.index.name)}")
            return found == (True,)


class DropColumnIndexGently(NotInTransactionMixin, AlterField):
    """The index of a column alone goes while others write: `field` says `db_index=False`, and is as before otherwise.

    In a migration with `atomic = False`. `AlterField` would also check each row's foreign key anew, the table locked.
    """

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        self._drop(schema_editor, from_state.apps.get_model(app_label, self.model_name))

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        model = to_state.apps.get_model(app_label, self.model_name)
        self._drop(schema_editor, model)  # half of one, where this was broken off before
        how = {"concurrently": True} if schema_editor.connection.vendor == "postgresql" else {}
        schema_editor.execute(schema_editor._create_index_sql(model, fields=[model._meta.get_field(self.name)], **how))

    def _drop(self, schema_editor, model):
        concurrently = ""
        if schema_editor.connection.vendor == "postgresql":
            self._ensure_not_in_transaction(schema_editor)
            concurrently = "CONCURRENTLY"
        columns = [model._meta.get_field(self.name).column]
        for name in schema_editor._constraint_names(model, columns, unique=False, index=True, primary_key=False):
            schema_editor.execute(f"DROP INDEX {concurrently} {schema_editor.quote_name(name)}")


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


def is_busy(error):
    """Whether a table was not to be had in time, or not without a deadlock."""
    return getattr(error.__cause__, "sqlstate", "") in BUSY
