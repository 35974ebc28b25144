"""A transaction with as few round trips as possible: each costs more than the statements it carries."""

from collections.abc import Sequence
from types import TracebackType
from typing import Any

from django.db import Error, connection

BEGIN = {"postgresql": "BEGIN", "sqlite": "BEGIN IMMEDIATE"}

Statement = tuple[str, Sequence[Any]]  # SQL with `%s` placeholders, and their values
Rows = list[tuple[Any, ...]]


class Transaction:
    """A context manager; `BEGIN` travels with the first query, `COMMIT` with the last statements.

    An exception rolls it back. Inside `atomic` it joins that transaction and neither begins nor commits.
    """

    def __init__(self) -> None:
        self._is_outermost = not connection.in_atomic_block
        self._has_begun = False

    def __enter__(self) -> "Transaction":
        return self

    def __exit__(
        self, error: type[BaseException] | None, _value: BaseException | None, _tb: TracebackType | None
    ) -> None:
        if error and self._is_outermost:
            try:
                connection.rollback()
            except Error:
                connection.close()

    def query(self, *statements: Statement) -> list[Rows]:
        """The rows of each statement. Each statement sees everything committed before it began."""
        if self._is_outermost and not self._has_begun:
            self._has_begun = True
            return execute([(BEGIN[connection.vendor], []), *statements])[1:]
        return execute(statements)

    def commit(self, *statements: Statement) -> None:
        """Execute the last statements and commit. If this raises, the outcome of the transaction is unknown."""
        if self._is_outermost:
            statements = (*statements, ("COMMIT", []))
        execute(statements)


def execute(statements: Sequence[Statement]) -> list[Rows]:
    """In one round trip on PostgreSQL; one by one on SQLite, which has no round trips."""
    if not statements:
        return []
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            return [rows_of(cursor.execute(sql, values)) for sql, values in statements]
        cursor.execute("; ".join(sql for sql, _ in statements), [value for _, values in statements for value in values])
        return [rows_of(cursor) for _ in cursor.results()]


def rows_of(cursor: Any) -> Rows:
    return cursor.fetchall() if cursor.description else []


def placeholders(values: Sequence[Any]) -> str:
    """A `%s` for each value, separated by commas."""
    return ", ".join(["%s"] * len(values))
