"""Hashing a password takes long on purpose: nobody who does something else waits for it."""

import os
import select
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, MD5PasswordHasher
from django.db import connection, connections
from django.test import Client

from accounts.hashing import hashers
from accounts.hashing.worker import NICENESS
from accounts.models import User
from tests.people import PASSWORD, unique
from tests.waiting import PATIENCE_SECONDS, until

pytestmark = pytest.mark.once("embedded")


class PatientHasher(MD5PasswordHasher):
    """Fails where others would have to wait for it."""

    algorithm = "patient"

    def encode(self, password, salt):
        assert not connection.in_atomic_block
        return super().encode(password, salt)


@pytest.fixture
def patient(committed, settings):
    settings.PASSWORD_HASHERS = ["accounts.tests.test_hashing.PatientHasher"]


@pytest.mark.both_footings
def test_signing_up_hashes_before_its_transaction(patient, answers):
    name = unique("luz")
    assert Client().post("/accounts/sign-up/", answers | {"username": name}).status_code == 302
    assert User.objects.get(username=name).password.startswith("patient$")


@pytest.mark.both_footings
def test_changing_the_password_hashes_before_its_transaction(patient):
    browser = Client()
    browser.force_login(User.objects.create_user(unique("luz"), PASSWORD))
    new = {"old_password": PASSWORD, "new_password1": "a walk back home", "new_password2": "a walk back home"}
    assert browser.post("/accounts/password/", new).status_code == 302
    assert browser.get("/accounts/profile/").status_code == 200


@pytest.fixture
def gate():
    """The hashing thread works on something that ends when the gate is opened."""
    gate, held = threading.Event(), threading.Event()
    with ThreadPoolExecutor(hashers.MOST_WAITING + 1) as visitors:
        visitors.submit(hashers.apart, lambda: held.set() or gate.wait())
        held.wait()
        gate.visitors = visitors
        yield gate
        gate.set()


def test_passwords_are_hashed_one_after_another(gate):
    waiting = [gate.visitors.submit(hashers.apart, gate.is_set) for _ in range(5)]

    all_wait(5)
    gate.set()

    assert all(one.result() for one in waiting)


def all_wait(count):
    until(lambda: hashers._thread._work_queue.qsize() == count, what=f"{count} wait")


def test_a_real_hash_is_made_and_known_again_and_so_are_those_of_before():
    hasher, of_before = hashers.Argon2(), Argon2PasswordHasher().encode("a long walk", hashers.Argon2().salt())

    assert hasher.verify("a long walk", hasher.encode("a long walk", hasher.salt()))
    assert hasher.verify("a long walk", of_before)
    assert not hasher.verify("a short walk", of_before)
    assert hasher.must_update(of_before)  # it was made in eight threads: at the next sign-in it is made anew


HASH = "argon2$argon2id$v=19$m=102400,t=2,p=1$c29tZXNhbHQ$deJRTaIE8scBhM6/c6GXcjVbsFIbrcQjsWzENx1U55c"


def test_the_process_that_hashes_is_begun_anew_when_it_has_died():
    hasher = hashers.Argon2()
    assert hasher.verify("a long walk", HASH)
    died = hashers.hasher.pid

    os.kill(died, signal.SIGKILL)

    assert hasher.verify("a long walk", HASH)
    assert hashers.hasher.pid != died


class OutOfMemory:
    def readline(self):
        raise MemoryError

    def close(self):
        pass


def test_after_any_error_no_answer_is_left_for_the_next_question(monkeypatch):
    hasher = hashers.Argon2()
    assert hasher.verify("a long walk", HASH)
    monkeypatch.setattr(hashers.hasher, "_answers", OutOfMemory())
    with pytest.raises(MemoryError):
        hasher.verify("a long walk", HASH)
    monkeypatch.undo()

    assert not hasher.verify("a short walk", HASH)


def test_where_it_does_not_answer_the_hash_is_made_here(monkeypatch):
    monkeypatch.setattr(hashers, "PATIENCE_SECONDS", 0.001)
    hashers.hasher.end()

    assert hashers.Argon2().verify("a long walk", HASH)
    assert hashers.hasher.pid is None  # what it would still answer is nobody's


ANOTHER_SERVER = """
import django, time
django.setup()
from accounts.hashing import hashers
hashers.Argon2().encode("a long walk", "somesalt")
print(hashers.hasher.pid, flush=True)
time.sleep(1000)
"""


def test_it_lets_everything_else_go_first_and_ends_with_whoever_began_it():
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
    with subprocess.Popen([sys.executable, "-c", ANOTHER_SERVER], stdout=subprocess.PIPE, env=environment) as server:
        pid = int(server.stdout.readline())
        niceness = os.getpriority(os.PRIO_PROCESS, pid) - os.getpriority(os.PRIO_PROCESS, server.pid)
        group, servers = autogroup(pid), autogroup(server.pid)
        end = os.pidfd_open(pid)
        server.kill()

    assert select.select([end], [], [], PATIENCE_SECONDS)[0]
    os.close(end)
    assert niceness == NICENESS
    assert group is None or (group != servers and group.endswith(f" nice {NICENESS}"))


def autogroup(pid):
    """What the scheduler shares the machine out to, as `/autogroup-25 nice 0`; None where it does not."""
    told = Path(f"/proc/{pid}/autogroup")
    return told.read_text().strip() or None if told.exists() else None


@pytest.mark.footing("grown")
def test_who_waits_for_a_hash_keeps_no_connection_from_others(gate, committed):
    lines = []

    def sign_in():
        User.objects.exists()
        lines.append(connections["default"])
        assert lines[0].connection
        hashers.apart(lambda: None)

    waiting = gate.visitors.submit(sign_in)

    until(lambda: lines and lines[0].connection is None, what="it has let go of its connection")
    gate.set()
    waiting.result()


@pytest.mark.both_footings
def test_beyond_so_many_one_is_told_to_come_back_and_nothing_is_counted(gate, committed, answers):
    name = unique("luz")
    User.objects.create_user(name, PASSWORD)
    waiting = [gate.visitors.submit(hashers.apart, lambda: None) for _ in range(hashers.MOST_WAITING)]
    all_wait(hashers.MOST_WAITING)
    form = {"username": name, "password": PASSWORD}

    refused = Client().post("/accounts/sign-in/", form), Client().post("/accounts/sign-up/", answers)
    gate.set()
    for one in waiting:
        one.result()

    assert [(answer.status_code, answer["Retry-After"]) for answer in refused] == [(429, "10")] * 2
    assert not User.objects.filter(username=answers["username"]).exists()
    assert Client().post("/accounts/sign-in/", form).status_code == 302
