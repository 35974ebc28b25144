"""Unit costs on a filled site: disk space of a message, and CPU time of a presence snapshot."""

from collections.abc import Iterator

from django.db import connection

from rooms.lobby.snapshot import Snapshot

from .backend import backend_cpu_seconds

SOCKETS = 5_000, 20_000, 50_000
REPEATS = 5
PRESENT = """
INSERT INTO rooms_socket (id, process_id, user_id, room_id)
SELECT n, p.id, 1 + n %% {users}, room.id FROM rooms_process p, generate_series(1, %s) n
JOIN rooms_room room ON room.name_key = 'room ' || 1 + n %% 1000
"""


def unit_costs(users: int) -> Iterator[str]:
    """The costs, as sentences to print."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_total_relation_size('rooms_message') / greatest(count(*), 1) FROM rooms_message")
        yield f"A message takes {cursor.fetchone()[0]} bytes on the disk, with its indexes."
        for sockets in SOCKETS:
            cursor.execute("TRUNCATE rooms_socket")
            cursor.execute(PRESENT.format(users=users), [sockets])
            cursor.execute("VACUUM ANALYZE rooms_socket")
            milliseconds = 1000 * snapshot_cpu_seconds()
            yield f"A presence snapshot costs {milliseconds:.0f} ms of CPU with {sockets:,} sockets on the site."


def snapshot_cpu_seconds() -> float:
    started = backend_cpu_seconds()
    for _repeat in range(REPEATS):
        Snapshot.take()
    return (backend_cpu_seconds() - started) / REPEATS
