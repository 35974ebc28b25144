"""A transaction in as few round trips as its questions allow: each one costs more than what is asked."""

from django.db import Error, connection

BEGIN = {"postgresql": "BEGIN", "sqlite": "BEGIN IMMEDIATE"}


class Transaction:
    """Begun by its first question and committed with its last statements; an exception rolls it back.

    Inside somebody else's transaction (`atomic`) it is part of that.
    """

    def __init__(self):
        self._is_ours = not connection.in_atomic_block
        self._has_begun = False

    def __enter__(self):
        return self

    def __exit__(self, error, *_traceback):
        if error and self._is_ours:
            try:
                connection.rollback()
            except Error:
                connection.close()

    def ask(self, *statements):
        """Lists of rows, the answers to statements `(sql, values)`; each sees what was committed before it began."""
        if self._is_ours and not self._has_begun:
            self._has_begun = True
            return send([(BEGIN[connection.vendor], []), *statements])[1:]
        return send(statements)

    def commit(self, *statements):
        """Let these be the last. When this raises nobody knows whether it is committed."""
        if self._is_ours:
            statements = (*statements, ("COMMIT", []))
        send(statements)


def send(statements):
    """Together on PostgreSQL, where a round trip costs; one by one on SQLite, where none does."""
    if not statements:
        return []
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            return [rows(cursor.execute(sql, values)) for sql, values in statements]
        cursor.execute("; ".join(sql for sql, _ in statements), [value for _, values in statements for value in values])
        return [rows(cursor) for _ in cursor.results()]


def rows(cursor):
    return cursor.fetchall() if cursor.description else []


def marks(values):
    """As many marks as there are values."""
    return ", ".join(["%s"] * len(values))
