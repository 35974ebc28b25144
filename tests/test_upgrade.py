"""Upgrades from the first release to this one keep all data."""

import secrets
import threading
import uuid

import pytest
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.db.migrations.executor import MigrationExecutor

from ops.backup.dedicated_connection import ALIAS, dedicated_connection, execute

from .waiting import until

FIRST = [("accounts", "0001_initial"), ("rooms", "0002_default_room")]
MESSAGES = 500
# A write by a server of the first release during a rolling upgrade.
OLD_WORDS = [
    "INSERT INTO accounts_user (password, is_superuser, username, username_key, username_look, first_names, last_names,"
    " gender, language, email, is_active, is_staff, date_joined)"
    " VALUES ('!', false, 'late', 'late', 'late', 'L', 'L', 'N', '', '', true, false, CURRENT_TIMESTAMP)",
    "INSERT INTO rooms_message (room_id, seq, version, author_id, client_id, text, at)"
    f" VALUES (1, {MESSAGES + 1}, {MESSAGES + 1}, 1, '{uuid.uuid4().hex}', 'late', CURRENT_TIMESTAMP)",
    "INSERT INTO rooms_membership (room_id, user_id, joined_at, read_seq) VALUES (1, 2, CURRENT_TIMESTAMP, 0)",
    f"INSERT INTO rooms_process (id, name) VALUES ('{uuid.uuid4().hex}', 'late')",
    "INSERT INTO rooms_room (kind, name, name_key, name_look, is_default, permanent, epoch, last_seq, version, floor,"
    " created_at) VALUES ('public', 'Late', 'late', 'late', false, true, 'late', 0, 0, 0, CURRENT_TIMESTAMP)",
]


@pytest.fixture
def old_site(committed, tmp_path):
    """A connection to a database of the first release, with two users and their messages."""
    name = f"upgraded_{secrets.token_hex(4)}"
    if connection.vendor == "sqlite":
        name = str(tmp_path / name)
    else:
        with dedicated_connection(connection) as other:
            execute(other, [f"CREATE DATABASE {name} TEMPLATE template0"])
    with dedicated_connection(connection, name=name) as site:
        connections[ALIAS] = site
        talk(MigrationExecutor(site).migrate(FIRST).apps)
        yield site
        del connections[ALIAS]
    if connection.vendor != "sqlite":
        with dedicated_connection(connection) as other:
            execute(other, [f"DROP DATABASE {name} WITH (FORCE)"])


def talk(apps):
    def of(model):
        return apps.get_model(model).objects.using(ALIAS)

    names = {"username": "ana", "username_key": "ana", "username_look": "ana", "password": "secret"}
    ana = of("accounts.User").create(**names, first_names="Ana", last_names="Lía", email="ana@example.org")
    room = of("rooms.Room").get(is_default=True)
    of("rooms.Membership").create(room=room, user=ana, read_seq=3)
    message = apps.get_model("rooms.Message")
    of("rooms.Message").bulk_create(
        message(room=room, seq=seq, version=seq, author=ana, client_id=uuid.UUID(int=seq), text=f"número {seq}")
        for seq in range(1, MESSAGES + 1)
    )
    of("rooms.Room").update(last_seq=MESSAGES, version=MESSAGES)


def held(site):
    """Return all data of users, by the columns of the first release."""
    questions = [
        "SELECT id, room_id, seq, version, author_id, client_id, text, at FROM rooms_message ORDER BY id",
        "SELECT id, username, username_key, first_names, last_names, email, password FROM accounts_user ORDER BY id",
        "SELECT id, kind, name, name_key, is_default, epoch, last_seq, version FROM rooms_room ORDER BY id",
        "SELECT id, room_id, user_id, read_seq FROM rooms_membership ORDER BY id",
    ]
    with site.cursor() as cursor:
        return [cursor.execute(question) and cursor.fetchall() for question in questions]


def test_upgrade_from_first_release_keeps_all_data(old_site):
    before = held(old_site)
    assert [len(rows) for rows in before] == [MESSAGES, 1, 1, 1]
    call_command("migrate", database=ALIAS, verbosity=0)
    assert held(old_site) == before
    # During a rolling upgrade, servers of the old release continue to write.
    with transaction.atomic(using=ALIAS):
        execute(old_site, OLD_WORDS)
    assert [len(rows) for rows in held(old_site)] == [MESSAGES + 1, 2, 2, 2]


@pytest.mark.footing("grown")
def test_upgrade_does_not_rewrite_or_lock_messages_for_long(old_site):
    """While a reader blocks the migration, it releases its lock for writers and retries."""
    files = "SELECT relfilenode FROM pg_class WHERE relname IN ('rooms_message', 'rooms_membership') ORDER BY relname"
    with dedicated_connection(old_site) as reader:
        before = answer(reader, files)
        execute(reader, ["BEGIN", "SELECT count(*) FROM rooms_message"])
        upgrade = threading.Thread(target=upgraded, args=(old_site,))
        upgrade.start()
        with dedicated_connection(old_site) as writer:
            until(lambda: answer(writer, WAITING) != [(0,)], what="the upgrade waits for the messages")
            execute(writer, ["SET lock_timeout = '8s'", "UPDATE rooms_message SET text = 'edited' WHERE seq = 1"])
        execute(reader, ["ROLLBACK"])
        upgrade.join()
        assert answer(reader, files) == before
        assert answer(reader, "SELECT html, text FROM rooms_message WHERE seq = 1") == [("", "edited")]


@pytest.mark.footing("grown")
def test_upgrade_and_concurrent_writer_do_not_deadlock(old_site):
    call_command("migrate", "rooms", "0009", database=ALIAS, verbosity=0)
    with dedicated_connection(old_site) as writer, dedicated_connection(old_site) as onlooker:
        execute(writer, ["BEGIN", "SELECT 1 FROM rooms_room FOR UPDATE"])
        upgrade = threading.Thread(target=upgraded, args=(old_site,))
        upgrade.start()
        until(lambda: answer(onlooker, CIRCLE) == [(2,)], what="the upgrade has members, and waits for rooms")
        execute(writer, ["UPDATE rooms_membership SET read_seq = 4", "COMMIT"])
        upgrade.join()
        assert answer(onlooker, "SELECT read_seq, may_return_at FROM rooms_membership") == [(4, None)]


@pytest.mark.footing("grown")
def test_interrupted_upgrade_can_be_repeated(old_site):
    call_command("migrate", "rooms", "0008", database=ALIAS, verbosity=0)
    execute(old_site, ["CREATE INDEX memberships_changed_lately ON rooms_membership (changed_at)"])
    call_command("migrate", database=ALIAS, verbosity=0)
    assert ["changed_at"] in indexed(old_site, "rooms_membership")


def test_redundant_index_is_dropped_reversibly(old_site):
    call_command("migrate", database=ALIAS, verbosity=0)
    with old_site.cursor() as cursor:
        kept = old_site.introspection.get_relations(cursor, "rooms_message")
    assert ["room_id"] not in indexed(old_site, "rooms_message")
    assert ["room_id", "version"] in indexed(old_site, "rooms_message")
    call_command("migrate", "rooms", "0012", database=ALIAS, verbosity=0)
    assert ["room_id"] in indexed(old_site, "rooms_message")
    with old_site.cursor() as cursor:
        assert old_site.introspection.get_relations(cursor, "rooms_message") == kept


def indexed(site, table):
    """Return the columns of each index of a table."""
    with site.cursor() as cursor:
        found = site.introspection.get_constraints(cursor, table).values()
    return [each["columns"] for each in found if each["index"]]


CIRCLE = """
SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND pid <> pg_backend_pid() AND
    (relation = 'rooms_membership'::regclass AND granted OR relation = 'rooms_room'::regclass AND NOT granted)
"""
WAITING = "SELECT count(*) FROM pg_locks WHERE relation = 'rooms_message'::regclass AND NOT granted"


def upgraded(site):
    with dedicated_connection(site) as mine:
        connections[ALIAS] = mine
        call_command("migrate", database=ALIAS, verbosity=0)


def answer(site, question):
    with site.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchall()
