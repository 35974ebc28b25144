"""The statements of the write path, and the transaction that carries them in as few round trips as possible.

Plain SQL because they run for every message: Django's query builder takes four times as long as the database.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any
from uuid import UUID

from django.db import Error, connection

from accounts.models import User
from rooms.models import Membership, Message, Room
from rooms.models.locked import Head, Member

Statement = tuple[str, Sequence[Any]]  # SQL with `%s` placeholders, and their values
Rows = list[tuple[Any, ...]]

SELECT_HEADS = (
    "SELECT id, kind, epoch, pair_key, closed_at IS NULL, owner_id, slow_seconds, last_seq, version FROM {room} "
    "WHERE id IN ({rooms}) ORDER BY id {lock}"
)
SELECT_MEMBERS = (
    "SELECT m.room_id, m.user_id, u.username, u.is_staff, m.removed_at IS NULL AND u.is_active "
    "AND (u.banned_at IS NULL OR u.banned_until <= CURRENT_TIMESTAMP), "
    "m.muted_at IS NOT NULL, "
    "EXISTS (SELECT 1 FROM {membership} o WHERE o.room_id = m.room_id AND o.user_id <> m.user_id), "
    "{idle} FROM {membership} m "
    "JOIN {user} u ON u.id = m.user_id WHERE m.room_id IN ({rooms}) AND m.user_id IN ({users})"
)
SELECT_STORED = (
    "SELECT id FROM {message} WHERE room_id IN ({rooms}) AND author_id IN ({users}) AND client_id IN ({clients})"
)
# The columns of VALUES are called column1, column2 … by both PostgreSQL and SQLite.
UPDATE_HEADS = (
    "UPDATE {room} AS room SET last_seq = head.column2, version = head.column3 "
    "FROM (VALUES {rows}) AS head WHERE room.id = head.column1"
)
UPDATE_MESSAGE = "UPDATE {message} SET text = %s, html = %s, version = %s, edited_at = %s, erased_at = %s WHERE id = %s"
INSERT_MESSAGES = "INSERT INTO {message} (room_id, seq, version, author_id, client_id, text, html, at) VALUES {rows}"
UPDATE_SAID_AT = "UPDATE {membership} SET said_at = {clock} WHERE room_id = %s AND user_id = %s"
# Wall-clock time instead of the statement's begin: the statement may have waited long for the lock.
CLOCK = {"postgresql": "CLOCK_TIMESTAMP()", "sqlite": "STRFTIME('%%Y-%%m-%%d %%H:%%M:%%f', 'NOW')"}
IDLE_SECONDS = {
    "postgresql": "EXTRACT(EPOCH FROM CLOCK_TIMESTAMP() - m.said_at)::float8",
    "sqlite": "(JULIANDAY('NOW') - JULIANDAY(m.said_at)) * 86400",
}
TABLES = {
    "room": Room._meta.db_table,
    "membership": Membership._meta.db_table,
    "message": Message._meta.db_table,
    "user": User._meta.db_table,
}

Heads = dict[int, Head]
Members = dict[tuple[int, int], Member]


BEGIN = {"postgresql": "BEGIN", "sqlite": "BEGIN IMMEDIATE"}


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


def lock(
    transaction: Transaction, room_ids: Collection[int], user_ids: Collection[int], client_ids: Collection[UUID]
) -> tuple[Heads, Members, list[int]]:
    """Lock the rooms in id order, to avoid deadlocks, and read under the locks what decides about the drafts.

    Returns `{room id: Head}`, `{(room id, user id): Member}` for users with a membership, and the ids of messages that
    these users have stored in these rooms by these client ids.
    """
    rooms, users, clients = list(room_ids), list(user_ids), [uuid_value(client_id) for client_id in client_ids]
    lists = {
        "rooms": placeholders(rooms),
        "users": placeholders(users),
        "clients": placeholders(clients) or "NULL",
    }
    lock = "FOR UPDATE" if connection.features.has_select_for_update else ""
    idle = IDLE_SECONDS[connection.vendor]
    heads, members, stored = transaction.query(
        (SELECT_HEADS.format(**TABLES, **lists, lock=lock), rooms),
        (SELECT_MEMBERS.format(**TABLES, **lists, idle=idle), rooms + users),
        (SELECT_STORED.format(**TABLES, **lists), [*rooms, *users, *clients]),
    )
    return (
        {row[0]: Head(*row) for row in heads},
        {(row[0], row[1]): Member(*row) for row in members},
        [pk for (pk,) in stored],
    )


def save(
    transaction: Transaction,
    heads: Iterable[Head],
    inserted: Sequence[Message],
    updated: Iterable[Message],
    slowed: Iterable[Member],
) -> None:
    """Insert and update messages, advance the rooms' counters, note the time of `slowed` members, and commit."""
    statements: list[Statement] = [(UPDATE_MESSAGE.format(**TABLES), update_values(message)) for message in updated]
    clock = CLOCK[connection.vendor]
    statements += [(UPDATE_SAID_AT.format(**TABLES, clock=clock), (member.room_id, member.pk)) for member in slowed]
    if inserted:
        statements.append(with_rows(INSERT_MESSAGES, [insert_values(message) for message in inserted]))
    if advanced := [(head.room_id, head.last_seq, head.version) for head in heads if head.version != head.since]:
        statements.append(with_rows(UPDATE_HEADS, advanced))
    transaction.commit(*statements)


def with_rows(sql: str, rows: Sequence[Sequence[Any]]) -> Statement:
    row = f"({placeholders(rows[0])})"
    return sql.format(**TABLES, rows=", ".join([row] * len(rows))), [value for row in rows for value in row]


def update_values(message: Message) -> tuple[Any, ...]:
    times = (time_value(message.edited_at), time_value(message.erased_at))
    return (message.text, message.html, message.version, *times, message.pk)


def insert_values(message: Message) -> tuple[Any, ...]:
    place = (message.room_id, message.seq, message.version, message.author_id, uuid_value(message.client_id))
    return (*place, message.text, message.html, time_value(message.at))


def time_value(at: datetime | None) -> Any:
    return connection.ops.adapt_datetimefield_value(at)


def uuid_value(uuid: UUID) -> UUID | str:
    return uuid if connection.features.has_native_uuid_field else uuid.hex
