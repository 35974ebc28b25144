"""The SQL of read markers."""

from dataclasses import dataclass
from datetime import timedelta

from django.db import connection
from django.db.models.functions import Now

from rooms.models import Membership, Room

MARKS_PER_STATEMENT = 200

# One statement for many users. The rows are locked in id order, so that two processes never deadlock; the last line,
# because a statement that waited for a lock may find a marker that has risen higher meanwhile.
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
    """A user has read a room up to `seq`; applies only if they had read it up to `since` before."""

    user_id: int
    room_id: int
    seq: int
    since: int = 0


def read(marks: list[Mark]) -> list[tuple[int, int, int]]:
    """Raise the markers of members, never beyond the room's last message: `(user id, room id, read_seq)` that rose.

    At most one mark for each user and room.
    """
    starts = range(0, len(marks), MARKS_PER_STATEMENT)
    return [row for start in starts for row in _raise(marks[start : start + MARKS_PER_STATEMENT])]


def _raise(marks: list[Mark]) -> list[tuple[int, int, int]]:
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
        rows: list[tuple[int, int, int]] = cursor.fetchall()
        return rows


# As Django's `Now` compiles.
NOW = {"postgresql": "STATEMENT_TIMESTAMP()", "sqlite": "STRFTIME('%%Y-%%m-%%d %%H:%%M:%%f', 'NOW')"}


def heads() -> dict[int, int]:
    """`{room id: last_seq}` of the open public rooms."""
    return dict(Room.open().filter(kind=Room.Kind.PUBLIC).values_list("pk", "last_seq"))


def changed_memberships(seconds: float) -> list[tuple[int, int, int, bool]]:
    """Memberships of open rooms that changed lately: `(user id, room id, read_seq, whether it is on their list)`."""
    changed = Membership.objects.filter(room__closed_at=None, changed_at__gt=Now() - timedelta(seconds=seconds))
    rows = changed.values_list("user_id", "room_id", "read_seq", "hidden_at", "removed_at")
    return [
        (user_id, room_id, read_seq, hidden_at is None and removed_at is None)
        for user_id, room_id, read_seq, hidden_at, removed_at in rows
    ]
