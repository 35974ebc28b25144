"""Keeping a site and bringing it back."""

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
from ops.backup.contents import broken_logs
from ops.backup.dedicated_connection import apart, execute
from ops.backup.progress import Progress
from ops.backup.site_backup import back_up, check
from rooms.log.batch import write
from rooms.log.drafts import Draft
from rooms.models import Message, Room
from rooms.presence.models import Process
from tests.clients import ChatClient
from tests.people import unique
from tests.servers import ROOT, database_url
from tests.waiting import PATIENCE_SECONDS, TooLong, eventually

TEXTS = ["Buenos días", "🎈 \u0301 \\ ' \" \n NULL \\N", "third"]


def say(*words):
    """What a command of `manage.py` says, run here."""
    out = io.StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def refused(*words):
    with pytest.raises(CommandError) as refusal:
        say(*words)
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


def test_a_backup_is_equal_when_it_is_tried_and_says_what_is_not_in_it(room, path):
    said = say("backup", path)
    assert "SECRET_KEY" in said and ".env" in said
    assert path.stat().st_mode & 0o777 == 0o600
    assert "whole" in say("restore", "--check", path)


def test_a_backup_is_of_one_moment_while_people_talk(people, room, path):
    """What is said while it is made is not in it, and what it holds fits together."""

    class Talk:
        said = 0

        def begin(self, words):
            self.said += 1
            write([Draft(people.ana.id, room.pk, uuid.uuid4(), f"meanwhile {self.said}")])

        go_on = begin

    talk = Talk()
    before = Message.objects.count()
    manifest = back_up(path, talk)
    assert talk.said and manifest.tables["rooms_message"]["rows"] == before
    assert check(path, Progress(io.StringIO())) == manifest


def test_what_stands_there_already_is_not_written_over(path):
    path.write_text("precious")
    assert str(path) in refused("backup", path)
    assert path.read_text() == "precious"


def test_a_backup_that_cannot_be_written_leaves_nothing(committed, tmp_path):
    assert "written" in refused("backup", tmp_path / "nowhere" / "site.backup")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("damage", ["cut short", "a bit turned", "another file", "missing"])
def test_a_damaged_backup_is_refused_in_words(room, path, damage):
    say("backup", path)
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 1
    damaged = {"cut short": whole[: len(whole) // 2], "a bit turned": whole, "another file": b"hello"}
    path.unlink() if damage == "missing" else path.write_bytes(damaged[damage])
    assert str(path) in refused("restore", "--check", path)


def test_a_backup_that_holds_other_rows_than_it_says_is_found_out(room, path, tmp_path):
    say("backup", path)
    other = tmp_path / "other.backup"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(other, "w") as new:
        new.writestr(DATABASE, old.read(DATABASE))
        rows = old.read(MANIFEST).replace(b'"rooms_message"', b'"rooms_massage"')
        new.writestr(MANIFEST, rows)
    assert "rooms_message" in refused("restore", "--check", other)


def test_a_log_with_a_hole_is_found(room):
    with transaction.atomic():
        assert room.pk not in broken_logs(connection)
        room.message_set.filter(seq=2).delete()
        assert room.pk in broken_logs(connection)
        transaction.set_rollback(True)  # the other tests' database stays whole


def test_backups_of_a_newer_release_or_another_database_are_refused(room, path, tmp_path):
    say("backup", path)
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
        assert word in refused("restore", other)


def test_a_restore_is_refused_while_servers_live_and_on_top_of_a_site(room, path):
    say("backup", path)
    name = unique("server")
    process = Process(name=name)
    Process.begin(process.pk, name)
    try:
        assert name in refused("restore", path)
        assert "--yes" in refused("restore", "--although-servers-run", path)
    finally:
        Process.objects.filter(pk=process.pk).delete()


@pytest.fixture
def other_site(committed, tmp_path):
    """The address of another database, empty at first, and `manage.py` there: exit code and what it said."""
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
    with apart(connection) as other:
        execute(other, [statement])


async def test_after_a_restore_clients_begin_anew_and_nothing_is_doubled(people, room, path, other_site, cluster):
    url, manage = other_site
    await asyncio.to_thread(say, "backup", path)
    assert await asyncio.to_thread(manage, "restore", path) == (0, ANY)
    [server] = await asyncio.to_thread(cluster, 1, DATABASE_URL=url)
    async with ChatClient(server, people.ana, room=room.pk) as ana:
        before = await ana.expect("events", room=room.pk)
        kept = await ana.say("after the backup", client_id=(client_id := str(uuid.uuid4())))
        assert kept["seq"] == len(TEXTS) + 1
        code, said = await asyncio.to_thread(manage, "restore", path, "--yes", "--although-servers-run")
        assert code == 0, said
        # The server finds that its lease is gone, or that the room has another epoch.
        await eventually(lambda: ana.closed_with == 4012 or resets(ana, room) > resets_at_first(before), what="a reset")
    place = {"room": room.pk, "epoch": before["epoch"], "version": kept["version"]}
    async with let_back(server, people.ana, **place) as ana:
        anew = await ana.expect("events", room=room.pk)
        assert anew["reset"] and [message["text"] for message in anew["messages"]] == TEXTS
        again = await ana.say("after the backup", client_id=client_id)
        assert (again["seq"], again["duplicate"]) == (len(TEXTS) + 1, False)
        assert (await ana.say("after the backup", client_id=client_id))["duplicate"]


@contextlib.asynccontextmanager
async def let_back(server, person, **place):
    """A client that stands in its room: as clients do, it comes again while the server sends it away."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        async with ChatClient(server, person, **place) as client:
            await eventually(lambda c=client: c.received("events") or c.closed_with is not None, what="an answer")
            if client.closed_with is None:
                yield client
                return
    raise TooLong(f"{person.name} was sent away for {PATIENCE_SECONDS} s")


def resets(client, room):
    return sum(frame.get("reset", False) for frame in client.received("events", room=room.pk))


def resets_at_first(events):
    return int(events.get("reset", False))


@pytest.mark.footing("grown")
def test_a_restore_that_fails_in_the_middle_changes_nothing(room, path, monkeypatch):
    """A statement after all tables were replaced fails: everything is as it was."""
    say("backup", path)
    monkeypatch.setattr("ops.backup.site_backup.renewal", lambda *_: ["SELECT 1 / 0"])
    assert "division by zero" in refused("restore", "--yes", "--although-servers-run", path)
    assert [message.text for message in room.message_set.order_by("seq")] == TEXTS
