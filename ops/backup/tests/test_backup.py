"""Backup, check and restore of a site."""

import asyncio
import contextlib
import io
import os
import secrets
import subprocess
import sys
import time
import uuid
import zipfile
from unittest.mock import ANY

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from ops.backup.archive import DATABASE, MANIFEST
from ops.backup.contents import incomplete_logs
from ops.backup.dedicated_connection import dedicated_connection, execute
from ops.backup.progress import Progress
from ops.backup.site_backup import backup_site, check_backup
from rooms.log.batch import write
from rooms.log.drafts import Draft
from rooms.models import Message, Room
from rooms.presence.models import Process
from tests.clients import ChatClient
from tests.people import unique
from tests.servers import ROOT, database_url
from tests.waiting import TIMEOUT_SECONDS, WaitTimeout, eventually

TEXTS = ["Buenos días", "🎈 \u0301 \\ ' \" \n NULL \\N", "third"]


def run(*words):
    """The output of a command of `manage.py`, run in this process."""
    out = io.StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def error_of(*words):
    with pytest.raises(CommandError) as refusal:
        run(*words)
    return str(refusal.value)


@pytest.fixture
def room(people):
    room = Room.create(people.ana.user, unique("kept"))
    room.admit(people.ana.user)
    write([Draft(people.ana.id, room.pk, uuid.uuid4(), text) for text in TEXTS])
    return room


@pytest.fixture
def path(tmp_path):
    return tmp_path / "site.backup"


def test_backup_passes_its_check_and_names_what_it_lacks(room, path):
    said = run("backup", path)
    assert "SECRET_KEY" in said and ".env" in said
    assert path.stat().st_mode & 0o777 == 0o600
    assert "whole" in run("restore", "--check", path)


def test_backup_is_a_snapshot_under_concurrent_writes(people, room, path):
    """Messages stored during the backup are not in it, and its contents are consistent."""

    class Talk:
        said = 0

        def begin(self, words):
            self.said += 1
            write([Draft(people.ana.id, room.pk, uuid.uuid4(), f"meanwhile {self.said}")])

        update = begin

    talk = Talk()
    before = Message.objects.count()
    manifest = backup_site(path, talk)
    assert talk.said and manifest.tables["rooms_message"]["rows"] == before
    assert check_backup(path, Progress(io.StringIO())) == manifest


def test_existing_file_is_not_overwritten(path):
    path.write_text("precious")
    assert str(path) in error_of("backup", path)
    assert path.read_text() == "precious"


def test_failed_backup_leaves_no_file(committed, tmp_path):
    assert "written" in error_of("backup", tmp_path / "nowhere" / "site.backup")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("damage", ["cut short", "a bit turned", "another file", "missing"])
def test_damaged_backup_is_refused(room, path, damage):
    run("backup", path)
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 1
    damaged = {"cut short": whole[: len(whole) // 2], "a bit turned": whole, "another file": b"hello"}
    path.unlink() if damage == "missing" else path.write_bytes(damaged[damage])
    assert str(path) in error_of("restore", "--check", path)


def test_backup_that_differs_from_manifest_is_refused(room, path, tmp_path):
    run("backup", path)
    other = tmp_path / "other.backup"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(other, "w") as new:
        new.writestr(DATABASE, old.read(DATABASE))
        rows = old.read(MANIFEST).replace(b'"rooms_message"', b'"rooms_massage"')
        new.writestr(MANIFEST, rows)
    assert "rooms_message" in error_of("restore", "--check", other)


def test_incomplete_log_is_found(room):
    with transaction.atomic():
        assert room.pk not in incomplete_logs(connection)
        room.message_set.filter(seq=2).delete()
        assert room.pk in incomplete_logs(connection)
        transaction.set_rollback(True)  # the other tests' database stays whole


def test_backup_of_newer_release_or_other_vendor_is_refused(room, path, tmp_path):
    run("backup", path)
    for number, (old, new, word) in enumerate(
        [
            (b'"accounts": "0', b'"accounts": "9', "newer"),
            (connection.vendor.encode(), b"postgresql" if connection.vendor == "sqlite" else b"sqlite", "DATABASE_URL"),
        ]
    ):
        other = tmp_path / f"{number}.backup"
        with zipfile.ZipFile(path) as source, zipfile.ZipFile(other, "w") as changed:
            changed.writestr(DATABASE, source.read(DATABASE))
            changed.writestr(MANIFEST, source.read(MANIFEST).replace(old, new))
        assert word in error_of("restore", other)


def test_restore_is_refused_while_servers_run_or_over_a_site(room, path):
    run("backup", path)
    name = unique("server")
    process = Process(name=name)
    Process.begin(process.pk, name)
    try:
        assert name in error_of("restore", path)
        assert "--yes" in error_of("restore", "--although-servers-run", path)
    finally:
        Process.objects.filter(pk=process.pk).delete()


@pytest.fixture
def other_site(committed, tmp_path):
    """The URL of another, empty database, and a function that runs `manage.py` on it: `(exit code, output)`."""
    name = f"restored_{secrets.token_hex(4)}"
    if connection.vendor == "sqlite":
        url = f"sqlite:///{tmp_path / name}.sqlite3"
    else:
        execute_apart(f"CREATE DATABASE {name} TEMPLATE template0")
        url = database_url(name)
    yield url, lambda *words: manage(url, *words)
    if connection.vendor != "sqlite":
        execute_apart(f"DROP DATABASE {name} WITH (FORCE)")


def manage(url, *words):
    command = [sys.executable, "manage.py", *map(str, words)]
    environment = os.environ | {"DATABASE_URL": url}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def execute_apart(statement):
    with dedicated_connection(connection) as other:
        execute(other, [statement])


async def test_clients_reset_after_restore_without_duplicates(people, room, path, other_site, cluster):
    url, manage = other_site
    await asyncio.to_thread(run, "backup", path)
    assert await asyncio.to_thread(manage, "restore", path) == (0, ANY)
    [server] = await asyncio.to_thread(cluster, 1, DATABASE_URL=url)
    async with ChatClient(server, people.ana, room=room.pk) as ana:
        before = await ana.expect("events", room=room.pk)
        kept = await ana.send_message("after the backup", client_id=(client_id := str(uuid.uuid4())))
        assert kept["seq"] == len(TEXTS) + 1
        code, said = await asyncio.to_thread(manage, "restore", path, "--yes", "--although-servers-run")
        assert code == 0, said
        # The server finds that its lease is gone, or that the room has another epoch.
        await eventually(lambda: ana.closed_with == 4012 or resets(ana, room) > resets_at_first(before), what="a reset")
    place = {"room": room.pk, "epoch": before["epoch"], "version": kept["version"]}
    async with reconnected(server, people.ana, **place) as ana:
        anew = await ana.expect("events", room=room.pk)
        assert anew["reset"] and [message["text"] for message in anew["messages"]] == TEXTS
        again = await ana.send_message("after the backup", client_id=client_id)
        assert (again["seq"], again["duplicate"]) == (len(TEXTS) + 1, False)
        assert (await ana.send_message("after the backup", client_id=client_id))["duplicate"]


@contextlib.asynccontextmanager
async def reconnected(server, person, **place):
    """A connected client, which reconnects while the server closes its socket."""
    end = time.monotonic() + TIMEOUT_SECONDS
    while time.monotonic() < end:
        async with ChatClient(server, person, **place) as client:
            await eventually(lambda c=client: c.received("events") or c.closed_with is not None, what="an answer")
            if client.closed_with is None:
                yield client
                return
    raise WaitTimeout(f"{person.name} was sent away for {TIMEOUT_SECONDS} s")


def resets(client, room):
    return sum(frame.get("reset", False) for frame in client.received("events", room=room.pk))


def resets_at_first(events):
    return int(events.get("reset", False))


@pytest.mark.footing("grown")
def test_failed_restore_is_rolled_back(room, path, monkeypatch):
    """A statement fails after all tables were replaced: the transaction is rolled back."""
    run("backup", path)
    monkeypatch.setattr("ops.backup.site_backup.post_restore_statements", lambda *_: ["SELECT 1 / 0"])
    assert "division by zero" in error_of("restore", "--yes", "--although-servers-run", path)
    assert [message.text for message in room.message_set.order_by("seq")] == TEXTS
