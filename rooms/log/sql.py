"""The head of a room's log, and what the one verb reads and writes beside it.

In SQL, because this runs for every message: Django's query builder would take four times what the database takes.
"""

from dataclasses import dataclass, field
from math import inf

from django.db import connection

from rooms.models.membership import Membership
from rooms.models.message import Message
from rooms.models.room import Room, ids_of_pair

from .transaction import marks

HEADS = (
    "SELECT id, kind, epoch, pair_key, closed_at IS NULL, owner_id, slow_seconds, last_seq, version FROM {room} "
    "WHERE id IN ({rooms}) ORDER BY id {lock}"
)
MEMBERS = (
    "SELECT m.room_id, m.user_id, u.username, u.is_staff, m.removed_at IS NULL AND u.is_active "
    "AND (u.banned_at IS NULL OR u.banned_until <= CURRENT_TIMESTAMP), "
    "m.muted_at IS NOT NULL, "
    "EXISTS (SELECT 1 FROM {membership} o WHERE o.room_id = m.room_id AND o.user_id <> m.user_id), "
    "{quiet} FROM {membership} m "
    "JOIN {user} u ON u.id = m.user_id WHERE m.room_id IN ({rooms}) AND m.user_id IN ({users})"
)
KNOWN = "SELECT id FROM {message} WHERE room_id IN ({rooms}) AND author_id IN ({users}) AND client_id IN ({clients})"
# VALUES calls its columns alike on PostgreSQL and SQLite.
ADVANCE = (
    "UPDATE {room} AS room SET last_seq = head.column2, version = head.column3 "
    "FROM (VALUES {rows}) AS head WHERE room.id = head.column1"
)
CHANGE = "UPDATE {message} SET text = %s, html = %s, version = %s, edited_at = %s, erased_at = %s WHERE id = %s"
SAY = "INSERT INTO {message} (room_id, seq, version, author_id, client_id, text, html, at) VALUES {rows}"
SPEAK = "UPDATE {membership} SET said_at = {clock} WHERE room_id = %s AND user_id = %s"
# By the clock, not by the beginning of the statement: it may have waited long for the lock.
CLOCK = {"postgresql": "CLOCK_TIMESTAMP()", "sqlite": "STRFTIME('%%Y-%%m-%%d %%H:%%M:%%f', 'NOW')"}
QUIET = {
    "postgresql": "EXTRACT(EPOCH FROM CLOCK_TIMESTAMP() - m.said_at)::float8",
    "sqlite": "(JULIANDAY('NOW') - JULIANDAY(m.said_at)) * 86400",
}
TABLES = {
    "room": Room._meta.db_table,
    "membership": Membership._meta.db_table,
    "message": Message._meta.db_table,
    "user": Membership._meta.get_field("user").remote_field.model._meta.db_table,
}


@dataclass(slots=True)
class Head:
    """A room as its row is locked for the rest of the transaction; `since` is the version it had then."""

    room_id: int
    kind: str
    epoch: str
    pair_key: str | None
    is_open: bool
    owner_id: int | None
    slow_seconds: int
    last_seq: int
    version: int
    since: int = field(init=False)

    def __post_init__(self):
        self.since = self.version

    @property
    def is_direct(self):
        return self.kind == Room.Kind.DIRECT

    @property
    def member_ids(self):
        """The two people of a private conversation; empty for a public room."""
        return ids_of_pair(self.pair_key)

    def draw_seq(self):
        """The next place in the log, and the version of that change."""
        self.last_seq += 1
        return self.last_seq, self.draw_version()

    def draw_version(self):
        """The number of the next change."""
        self.version += 1
        return self.version


@dataclass(slots=True)
class Member:
    """Who writes, as far as it decides whether they may.

    `belongs`: neither removed nor without their account. `has_company`: somebody else belongs there, or did.
    """

    room_id: int
    pk: int
    name: str
    is_staff: bool
    belongs: bool
    is_muted: bool
    has_company: bool
    quiet_seconds: float | None  # since their last message, where the room is slow

    def __post_init__(self):
        if self.quiet_seconds is None:
            self.quiet_seconds = inf


def lock(transaction, room_ids, user_ids, client_ids):
    """Lock rooms, in id order so that two batches never wait for each other, and read under the locks who may write.

    `{room id: Head}`; `{(room id, user id): Member}` for those who have been there; ids of messages that these users
    have said there before by these client ids (UUIDs).
    """
    rooms, users, clients = list(room_ids), list(user_ids), [uuid_value(client_id) for client_id in client_ids]
    marked = {"rooms": marks(rooms), "users": marks(users), "clients": marks(clients) or "NULL"}
    lock = "FOR UPDATE" if connection.features.has_select_for_update else ""
    heads, members, known = transaction.ask(
        (HEADS.format(**TABLES, **marked, lock=lock), rooms),
        (MEMBERS.format(**TABLES, **marked, quiet=QUIET[connection.vendor]), rooms + users),
        (KNOWN.format(**TABLES, **marked), rooms + users + clients),
    )
    return (
        {row[0]: Head(*row) for row in heads},
        {row[:2]: Member(*row) for row in members},
        [pk for (pk,) in known],
    )


def save(transaction, heads, said, changed, spoke):
    """Insert the messages said, write those changed, the numbers drawn and who `spoke` in slow rooms, and commit."""
    statements = [(CHANGE.format(**TABLES), change_of(message)) for message in changed]
    clock = CLOCK[connection.vendor]
    statements += [(SPEAK.format(**TABLES, clock=clock), (member.room_id, member.pk)) for member in spoke]
    if said:
        statements.append(many(SAY, [row_of(message) for message in said]))
    if moved := [(head.room_id, head.last_seq, head.version) for head in heads if head.version != head.since]:
        statements.append(many(ADVANCE, moved))
    transaction.commit(*statements)


def many(sql, rows):
    row = f"({marks(rows[0])})"
    return sql.format(**TABLES, rows=", ".join([row] * len(rows))), [value for row in rows for value in row]


def change_of(message):
    texts = (message.text, message.html)
    return (*texts, message.version, moment(message.edited_at), moment(message.erased_at), message.pk)


def row_of(message):
    place = (message.room_id, message.seq, message.version, message.author_id, uuid_value(message.client_id))
    return (*place, message.text, message.html, moment(message.at))


def moment(at):
    return connection.ops.adapt_datetimefield_value(at)


def uuid_value(uuid):
    return uuid if connection.features.has_native_uuid_field else uuid.hex
