"""How far people have read."""

from dataclasses import dataclass
from datetime import timedelta

from django.db import connection
from django.db.models.functions import Now

from rooms.models.membership import Membership
from rooms.models.room import Room

MARKS_AT_ONCE = 200

# One statement for many people. The rows are locked in id order, so that two processes never wait for each other; the
# last line, because who waited for a lock may find that another mark has risen higher.
RAISE = """
WITH mark (user_id, room_id, seq, since) AS (VALUES {marks}),
risen AS (
    SELECT m.id, CASE WHEN mark.seq < r.last_seq THEN mark.seq ELSE r.last_seq END AS seq
    FROM {membership} m
    JOIN mark ON mark.user_id = m.user_id AND mark.room_id = m.room_id
    JOIN {room} r ON r.id = m.room_id
    WHERE m.removed_at IS NULL AND m.read_seq >= mark.since AND m.read_seq < mark.seq AND m.read_seq < r.last_seq
    ORDER BY m.id {lock}
)
UPDATE {membership} AS m SET read_seq = risen.seq, changed_at = {now} FROM risen
WHERE m.id = risen.id AND m.read_seq < risen.seq
RETURNING user_id, room_id, read_seq
"""


@dataclass(frozen=True, slots=True)
class Mark:
    """Somebody has read a room up to `seq`; true only if they had read it up to `since` before."""

    user_id: int
    room_id: int
    seq: int
    since: int = 0


def read(marks):
    """Raise the read marks of members, never beyond the room's last message: `(user id, room id, read_seq)` that rose.

    At most one mark for each user and room.
    """
    return [row for at in range(0, len(marks), MARKS_AT_ONCE) for row in _raise(marks[at : at + MARKS_AT_ONCE])]


def _raise(marks):
    statement = RAISE.format(
        marks=", ".join(["(%s, %s, %s, %s)"] * len(marks)),
        membership=Membership._meta.db_table,
        room=Room._meta.db_table,
        lock="FOR UPDATE OF m" if connection.features.has_select_for_update else "",
        now=NOW[connection.vendor],
    )
    values = [value for mark in marks for value in (mark.user_id, mark.room_id, mark.seq, mark.since)]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


# As Django's `Now` has it.
NOW = {"postgresql": "STATEMENT_TIMESTAMP()", "sqlite": "STRFTIME('%%Y-%%m-%%d %%H:%%M:%%f', 'NOW')"}


def heads():
    """`{room id: last_seq}` of the open public rooms."""
    return dict(Room.open().filter(kind=Room.Kind.PUBLIC).values_list("pk", "last_seq"))


def changed_memberships(seconds):
    """Memberships of open rooms that changed lately: `(user id, room id, read_seq, whether it is on their list)`."""
    changed = Membership.objects.filter(room__closed_at=None, changed_at__gt=Now() - timedelta(seconds=seconds))
    rows = changed.values_list("user_id", "room_id", "read_seq", "hidden_at", "removed_at")
    return [(*row, hidden is None and removed is None) for *row, hidden, removed in rows]
