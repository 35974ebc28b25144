"""What one more costs on a filled site: bytes on the disk for a message, CPU of a process that looks who is where."""

from django.db import connection

from rooms.lobby.snapshot import Snapshot

from .backend import cpu_seconds

CROWDS = 5_000, 20_000, 50_000
LOOKS = 5
PRESENT = """
INSERT INTO rooms_socket (id, process_id, user_id, room_id)
SELECT n, p.id, 1 + n %% {users}, room.id FROM rooms_process p, generate_series(1, %s) n
JOIN rooms_room room ON room.name_key = 'room ' || 1 + n %% 1000
"""


def unit_costs(users):
    """Lines to print."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_total_relation_size('rooms_message') / greatest(count(*), 1) FROM rooms_message")
        yield f"A message takes {cursor.fetchone()[0]} bytes on the disk, with its indexes."
        for crowd in CROWDS:
            cursor.execute("TRUNCATE rooms_socket")
            cursor.execute(PRESENT.format(users=users), [crowd])
            cursor.execute("VACUUM ANALYZE rooms_socket")
            yield f"A look at the lobby costs {1000 * look():.0f} ms of CPU with {crowd:,} sockets on the site."


def look():
    begun = cpu_seconds()
    for _look in range(LOOKS):
        Snapshot.take()
    return (cpu_seconds() - begun) / LOOKS
