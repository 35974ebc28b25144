"""Connections beside those of the pool: long work has no time limit, and may look at another database."""

import contextlib

from django.db import DatabaseError

from .errors import KeepingRefusal

ALIAS = "keeping"


@contextlib.contextmanager
def apart(connection, name=None):
    """A connection of its own to the same database, or to the one called `name`; raises `unreachable`."""
    other = connection.copy(alias=ALIAS)
    options = other.settings_dict["OPTIONS"]
    options.pop("pool", None)
    options.pop("options", None)  # PostgreSQL's time limits of a statement
    other.settings_dict["NAME"] = name or other.settings_dict["NAME"]
    try:
        other.connect()
    except DatabaseError as error:
        raise KeepingRefusal("unreachable", reason=str(error).strip()) from error
    try:
        yield other
    finally:
        other.close()


def execute(connection, statements):
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
