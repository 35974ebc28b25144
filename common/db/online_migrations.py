"""Migration operations for a site that stays in use."""

import contextlib
from collections.abc import Iterator
from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently, NotInTransactionMixin
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import AddIndex, AlterField
from django.db.migrations.state import ProjectState

# A statement that waits for a table lock blocks all later ones: it gives up and is retried. The timeout is shorter than
# PostgreSQL's deadlock_timeout (1 s), so in a deadlock with a writer it is the migration that gives up.
LOCK_TIMEOUT_SECONDS = 0.5
LOCK_CONFLICTS = ("55P03", "40P01")  # lock_not_available, deadlock_detected

INDEX_IS_VALID = """
SELECT indisvalid FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
WHERE relname = %s AND pg_table_is_visible(pg_class.oid)
"""


class AddIndexOnline(AddIndexConcurrently):
    """Create an index without blocking writers, in a migration with `atomic = False`.

    Idempotent: an interrupted attempt leaves a valid index, which is kept, or an invalid one, which is dropped first.
    On SQLite, which has one writer anyway, an ordinary `AddIndex`.
    """

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Create the index."""
        if schema_editor.connection.vendor != "postgresql":
            AddIndex.database_forwards(self, app_label, schema_editor, from_state, to_state)
        elif not self._exists(schema_editor):
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Drop the index."""
        if schema_editor.connection.vendor == "postgresql":
            super().database_backwards(app_label, schema_editor, from_state, to_state)
        else:
            AddIndex.database_backwards(self, app_label, schema_editor, from_state, to_state)

    def _exists(self, schema_editor: Any) -> bool:
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(INDEX_IS_VALID, [self.index.name])
            found = cursor.fetchone()
            if found == (False,):
                cursor.execute(f"DROP INDEX CONCURRENTLY {schema_editor.quote_name(self.index.name)}")
            return bool(found == (True,))


class DropColumnIndexOnline(NotInTransactionMixin, AlterField):
    """Drop the index of a column without blocking writers, in a migration with `atomic = False`.

    `field` differs from the present one by `db_index=False` only. An ordinary `AlterField` would also validate the
    column's foreign key, with the table locked.
    """

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Drop the index."""
        self._drop(schema_editor, from_state.apps.get_model(app_label, self.model_name))

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Create the index again."""
        model = to_state.apps.get_model(app_label, self.model_name)
        self._drop(schema_editor, model)  # an invalid one, left by an interrupted attempt
        options = {"concurrently": True} if schema_editor.connection.vendor == "postgresql" else {}
        fields = [model._meta.get_field(self.name)]
        schema_editor.execute(schema_editor._create_index_sql(model, fields=fields, **options))

    def _drop(self, schema_editor: Any, model: Any) -> None:
        concurrently = ""
        if schema_editor.connection.vendor == "postgresql":
            self._ensure_not_in_transaction(schema_editor)
            concurrently = "CONCURRENTLY"
        columns = [model._meta.get_field(self.name).column]
        for name in schema_editor._constraint_names(model, columns, unique=False, index=True, primary_key=False):
            schema_editor.execute(f"DROP INDEX {concurrently} {schema_editor.quote_name(name)}")


@contextlib.contextmanager
def lock_timeout(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Context in which statements have no time limit, but wait for a lock only `LOCK_TIMEOUT_SECONDS`."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(f"SET lock_timeout = '{LOCK_TIMEOUT_SECONDS}s'")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET statement_timeout")
            cursor.execute("RESET lock_timeout")


def is_lock_conflict(error: Exception) -> bool:
    """Return whether a database error is a lock timeout or a deadlock."""
    return getattr(error.__cause__, "sqlstate", "") in LOCK_CONFLICTS
