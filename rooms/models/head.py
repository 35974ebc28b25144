"""The head of a room's log, and what the one verb reads and writes beside it.

In SQL, because this runs for every message: Django's query builder would take four times what the database takes.
"""

from dataclasses import dataclass

from django.db import connection

from .membership import Membership
from .message import Message
from .room import Room

HEADS = (
    "SELECT id, kind, epoch, pair_key, closed_at IS NULL, last_seq, version FROM {room} WHERE id IN ({ids}) ORDER BY id"
)
MEMBERS = (
    "SELECT m.room_id, m.user_id, u.username, m.removed_at IS NULL AND u.is_active FROM {membership} m "
    "JOIN {user} u ON u.id = m.user_id WHERE m.room_id IN ({rooms}) AND m.user_id IN ({users})"
)
KNOWN = "SELECT id FROM {message} WHERE room_id IN ({rooms}) AND author_id IN ({users}) AND client_id IN ({clients})"
ADVANCE = "UPDATE {room} SET last_seq = %s, version = %s WHERE id = %s"
SAY = "INSERT INTO {message} (room_id, seq, version, author_id, client_id, text, at) VALUES {rows}"
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
    last_seq: int
    version: int
    since: int

    @classmethod
    def lock(cls, room_ids):
        """`{room id: head}`; the rows are locked in id order, so that two batches never wait for each other."""
        lock = " FOR UPDATE" if connection.features.has_select_for_update else ""
        found = rows(HEADS + lock, ids=room_ids)
        return {
            room_id: cls(room_id, kind, epoch, pair_key, is_open, last_seq, version, since=version)
            for room_id, kind, epoch, pair_key, is_open, last_seq, version in found
        }

    @property
    def is_direct(self):
        return self.kind == Room.Kind.DIRECT

    @property
    def member_ids(self):
        """The two people of a private conversation; empty for a public room."""
        return [int(pk) for pk in self.pair_key.split("-")] if self.pair_key else []

    def draw_seq(self):
        """The next place in the log, and the version of that change."""
        self.last_seq += 1
        return self.last_seq, self.draw_version()

    def draw_version(self):
        """The number of the next change."""
        self.version += 1
        return self.version

    def save(self):
        if self.version != self.since:
            with connection.cursor() as cursor:
                cursor.execute(ADVANCE.format(**TABLES), [self.last_seq, self.version, self.room_id])


def members(room_ids, user_ids):
    """`{(room id, user id): (user name, whether the user may write there)}` for those who belong to the rooms."""
    found = rows(MEMBERS, rooms=room_ids, users=user_ids)
    return {(room_id, user_id): (name, bool(may_write)) for room_id, user_id, name, may_write in found}


def known(room_ids, user_ids, client_ids):
    """Ids of messages that these users have said before by these client ids."""
    field = Message._meta.get_field("client_id")
    clients = [field.get_db_prep_value(client_id, connection) for client_id in client_ids]
    return [pk for (pk,) in rows(KNOWN, rooms=room_ids, users=user_ids, clients=clients)]


def say(messages):
    """Insert new messages."""
    fields = [Message._meta.get_field(name) for name in ("room", "seq", "version", "author", "client_id", "text", "at")]
    values = [
        field.get_db_prep_save(getattr(message, field.attname), connection) for message in messages for field in fields
    ]
    row = f"({', '.join(['%s'] * len(fields))})"
    with connection.cursor() as cursor:
        cursor.execute(SAY.format(rows=", ".join([row] * len(messages)), **TABLES), values)


def rows(statement, **lists):
    """The answer to a statement in which each `{name}` of `lists` stands for so many values."""
    places = {name: ", ".join(["%s"] * len(values)) for name, values in lists.items()}
    with connection.cursor() as cursor:
        cursor.execute(statement.format(**TABLES, **places), [value for values in lists.values() for value in values])
        return cursor.fetchall()
