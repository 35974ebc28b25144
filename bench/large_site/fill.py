"""Fills an empty PostgreSQL database of a site with millions of messages, as after years of use."""

import time

from django.core.management import call_command
from django.db import connection
from django.db.backends.utils import CursorWrapper

# A quarter of the messages is in the default room, a quarter in private conversations, the rest in public rooms: in
# the n-th one 1/n as many as in the first.
ROOMS, CONVERSATIONS_PER_USER, PUBLIC_ROOMS_PER_USER = 1000, 2, 10
SOCKETS = 5000
BUSY = 10  # users with a thousand times as many private messages as others

USERS = """
INSERT INTO accounts_user (password, is_superuser, username, username_key, username_look, first_names, last_names,
    gender, language, email, is_active, is_staff, is_bot, date_joined)
SELECT '!', false, 'bench' || n, 'bench' || n, 'bench' || n, 'Ben', 'Ch', 'N', '', '', n % 50 <> 0, false, false, now()
FROM generate_series(1, {users}) n
"""
PUBLIC = """
INSERT INTO rooms_room (kind, name, name_key, name_look, pair_key, is_default, permanent, epoch, last_seq, version,
    floor, created_at)
SELECT 'public', 'Room ' || n, 'room ' || n, 'room ' || n, NULL, false, true, 'bench', size, size, 0, now()
FROM (SELECT n, ({messages} / 2 / n / (SELECT sum(1.0 / m) FROM generate_series(1, {rooms}) m))::bigint AS size
    FROM generate_series(1, {rooms}) n) sizes
"""
CONVERSATIONS = """
INSERT INTO rooms_room (kind, name, name_key, name_look, pair_key, is_default, permanent, epoch, last_seq, version,
    floor, created_at)
SELECT 'direct', '', '', '', one || '-' || one + step * 7919, false, true, 'bench', size * weight, size * weight, 0,
    now()
FROM generate_series(1, {users} - {pairs} * 7919) one, generate_series(1, {pairs}) step,
    (SELECT {messages} / 4 / {pairs} / {users} AS size) sizes,
    LATERAL (SELECT CASE WHEN one <= {busy} THEN 1000 ELSE 1 END AS weight) weights
"""
MEMBERS = [
    """INSERT INTO rooms_membership (room_id, user_id, joined_at, read_seq)
    SELECT r.id, u.id, now(), r.last_seq * random() FROM rooms_room r, accounts_user u WHERE r.is_default""",
    """INSERT INTO rooms_membership (room_id, user_id, joined_at, read_seq)
    SELECT r.id, u.id, now(), r.last_seq * random() FROM accounts_user u, generate_series(1, {each}) n
    JOIN rooms_room r ON true WHERE r.name_key = 'room ' || 1 + (u.id * 31 + n * 101) % {rooms}""",
    """INSERT INTO rooms_membership (room_id, user_id, joined_at, read_seq)
    SELECT r.id, one::bigint, now(), r.last_seq FROM rooms_room r, unnest(string_to_array(r.pair_key, '-')) one
    WHERE r.kind = 'direct'""",
]
# In chronological order: neighbours in a room are not neighbours on the disk.
MESSAGES = """
INSERT INTO rooms_message (room_id, seq, version, author_id, client_id, text, html, at)
SELECT room.id, seq, seq, CASE WHEN pair_key IS NULL THEN 1 + (seq * 7919 + room.id) % {users}
    ELSE split_part(pair_key, '-', 1 + (seq % 2)::int)::bigint END,
    gen_random_uuid(), 'Message ' || seq || repeat(' and so on', (seq % 12)::int), '',
    now() - interval '3 years' * (1 - seq::float / last_seq)
FROM rooms_room room, generate_series(1, room.last_seq) seq ORDER BY seq::float / last_seq
"""
PRESENT = [
    """INSERT INTO rooms_process (id, name, expires_at, watching_since)
    VALUES (gen_random_uuid(), 'bench', now() + interval '1 day', now())""",
    """INSERT INTO rooms_socket (id, process_id, user_id, room_id)
    SELECT n, p.id, 1 + n * 17 % {users}, r.id FROM rooms_process p, rooms_room r, generate_series(1, {sockets}) n
    WHERE r.is_default""",
]


def fill(messages: int, users: int) -> None:
    """Migrate, and insert users, rooms and messages. Secondary indexes are created afterwards, as for any bulk load."""
    call_command("migrate", interactive=False, verbosity=0)
    sizes: dict[str, int] = {"messages": messages, "users": users, "rooms": ROOMS, "each": PUBLIC_ROOMS_PER_USER}
    sizes |= {"pairs": CONVERSATIONS_PER_USER, "sockets": SOCKETS, "busy": BUSY}
    with connection.cursor() as cursor:
        for setting in ("statement_timeout = 0", "synchronous_commit = off", "maintenance_work_mem = '512MB'"):
            cursor.execute(f"SET {setting}")
        cursor.execute("SET work_mem = '256MB'")
        for statement in [USERS, PUBLIC, CONVERSATIONS]:
            cursor.execute(statement.format(**sizes))
        cursor.execute("UPDATE rooms_room SET last_seq = %s, version = last_seq WHERE is_default", [messages // 4])
        cursor.execute("UPDATE rooms_room SET version = last_seq")
        for statement in [*MEMBERS, *PRESENT]:
            cursor.execute(statement.format(**sizes))
        log("users, rooms and members are inserted")
        _fill_messages(cursor, MESSAGES.format(**sizes))
        cursor.execute("VACUUM ANALYZE")


def _fill_messages(cursor: CursorWrapper, statement: str) -> None:
    cursor.execute(SECONDARY, ["rooms_message"])
    indexes = cursor.fetchall()
    for name, _kind, _definition in indexes:
        cursor.execute(f'ALTER TABLE rooms_message DROP CONSTRAINT IF EXISTS "{name}"')
        cursor.execute(f'DROP INDEX IF EXISTS "{name}"')
    cursor.execute(statement)
    log(f"{cursor.rowcount:,} messages are inserted")
    for name, is_constraint, definition in indexes:
        cursor.execute(definition)
        if is_constraint:
            cursor.execute(f'ALTER TABLE rooms_message ADD CONSTRAINT "{name}" UNIQUE USING INDEX "{name}"')
        log(f"index {name} is created")


SECONDARY = """
SELECT i.relname, c.oid IS NOT NULL, pg_get_indexdef(x.indexrelid) FROM pg_index x
JOIN pg_class i ON i.oid = x.indexrelid LEFT JOIN pg_constraint c ON c.conindid = x.indexrelid AND c.contype = 'u'
WHERE x.indrelid = %s::regclass AND NOT x.indisprimary
"""


def log(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)
