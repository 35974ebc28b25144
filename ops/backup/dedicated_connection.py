"""Database connections outside the pool, without time limits, to the site's database or to another one."""

import contextlib
from collections.abc import Iterable, Iterator

from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper

from .errors import BackupError

ALIAS = "backup"


@contextlib.contextmanager
def dedicated_connection(connection: BaseDatabaseWrapper, name: str | None = None) -> Iterator[BaseDatabaseWrapper]:
    """A new connection to the same database, or to the one called `name`. Raises `unreachable`."""
    copy = connection.copy(alias=ALIAS)
    options = copy.settings_dict["OPTIONS"]
    options.pop("pool", None)
    options.pop("options", None)  # PostgreSQL's statement timeouts
    copy.settings_dict["NAME"] = name or copy.settings_dict["NAME"]
    try:
        copy.connect()
    except DatabaseError as error:
        raise BackupError("unreachable", reason=str(error).strip()) from error
    try:
        yield copy
    finally:
        copy.close()


def execute(connection: BaseDatabaseWrapper, statements: Iterable[str]) -> None:
    """Execute SQL statements, one after another."""
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
