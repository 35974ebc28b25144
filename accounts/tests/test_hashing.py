"""Password hashing: serial, in a subprocess, outside of transactions and without a database connection."""

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
from tests.waiting import TIMEOUT_SECONDS, until


class OutsideTransactionHasher(MD5PasswordHasher):
    """Fails inside a transaction, whose locks others would wait for."""

    algorithm = "outside"

    def encode(self, password, salt):
        assert not connection.in_atomic_block
        return super().encode(password, salt)


@pytest.fixture
def outside_transaction(committed, settings):
    settings.PASSWORD_HASHERS = ["accounts.tests.test_hashing.OutsideTransactionHasher"]


def test_sign_up_hashes_before_its_transaction(outside_transaction, answers):
    name = unique("luz")
    assert Client().post("/accounts/sign-up/", answers | {"username": name}).status_code == 302
    assert User.objects.get(username=name).password.startswith("outside$")


def test_password_change_hashes_before_its_transaction(outside_transaction):
    browser = Client()
    browser.force_login(User.objects.create_user(unique("luz"), PASSWORD))
    new = {"old_password": PASSWORD, "new_password1": "a walk back home", "new_password2": "a walk back home"}
    assert browser.post("/accounts/password/", new).status_code == 302
    assert browser.get("/accounts/profile/").status_code == 200


@pytest.fixture
def gate():
    """An event that holds the hashing thread until it is set; `visitors` is a pool for callers."""
    gate, held = threading.Event(), threading.Event()
    with ThreadPoolExecutor(hashers.QUEUE_LIMIT + 1) as visitors:
        visitors.submit(hashers.run_serially, lambda: held.set() or gate.wait())
        held.wait()
        gate.visitors = visitors
        yield gate
        gate.set()


def test_hashes_run_one_after_another(gate):
    waiting = [gate.visitors.submit(hashers.run_serially, gate.is_set) for _ in range(5)]

    wait_for_queue(5)
    gate.set()

    assert all(one.result() for one in waiting)


def wait_for_queue(count):
    until(lambda: hashers._thread._work_queue.qsize() == count, what=f"{count} are queued")


def test_new_hashes_and_those_of_stock_django_verify():
    hasher, by_django = (
        hashers.OutOfProcessArgon2Hasher(),
        Argon2PasswordHasher().encode("a long walk", hashers.OutOfProcessArgon2Hasher().salt()),
    )

    assert hasher.verify("a long walk", hasher.encode("a long walk", hasher.salt()))
    assert hasher.verify("a long walk", by_django)
    assert not hasher.verify("a short walk", by_django)
    assert hasher.must_update(by_django)  # it has a parallelism of eight: it is replaced at the next sign-in


HASH = "argon2$argon2id$v=19$m=102400,t=2,p=1$c29tZXNhbHQ$deJRTaIE8scBhM6/c6GXcjVbsFIbrcQjsWzENx1U55c"


def test_hashing_process_is_restarted_after_its_death():
    hasher = hashers.OutOfProcessArgon2Hasher()
    assert hasher.verify("a long walk", HASH)
    old_pid = hashers.hashing_process.pid

    os.kill(old_pid, signal.SIGKILL)

    assert hasher.verify("a long walk", HASH)
    assert hashers.hashing_process.pid != old_pid


class OutOfMemory:
    def readline(self):
        raise MemoryError

    def close(self):
        pass


def test_after_an_error_no_late_answer_is_taken_for_the_next_one(monkeypatch):
    hasher = hashers.OutOfProcessArgon2Hasher()
    assert hasher.verify("a long walk", HASH)
    monkeypatch.setattr(hashers.hashing_process, "_answers", OutOfMemory())
    with pytest.raises(MemoryError):
        hasher.verify("a long walk", HASH)
    monkeypatch.undo()

    assert not hasher.verify("a short walk", HASH)


def test_after_a_timeout_the_hash_is_made_in_this_process(monkeypatch):
    monkeypatch.setattr(hashers, "TIMEOUT_SECONDS", 0.001)
    hashers.hashing_process.stop()

    assert hashers.OutOfProcessArgon2Hasher().verify("a long walk", HASH)
    assert hashers.hashing_process.pid is None  # killed: no late answer


ANOTHER_SERVER = """
import django, time
django.setup()
from accounts.hashing import hashers
hashers.OutOfProcessArgon2Hasher().encode("a long walk", "somesalt")
print(hashers.hashing_process.pid, flush=True)
time.sleep(1000)
"""


def test_hashing_process_has_low_priority_and_exits_with_its_parent():
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
    with subprocess.Popen([sys.executable, "-c", ANOTHER_SERVER], stdout=subprocess.PIPE, env=environment) as server:
        pid = int(server.stdout.readline())
        niceness = os.getpriority(os.PRIO_PROCESS, pid) - os.getpriority(os.PRIO_PROCESS, server.pid)
        group, servers = autogroup(pid), autogroup(server.pid)
        end = os.pidfd_open(pid)
        server.kill()

    assert select.select([end], [], [], TIMEOUT_SECONDS)[0]
    os.close(end)
    assert niceness == NICENESS
    assert group is None or (group != servers and group.endswith(f" nice {NICENESS}"))


def autogroup(pid):
    """Scheduling group of a process, as `/autogroup-25 nice 0`; None without autogroup scheduling."""
    group = Path(f"/proc/{pid}/autogroup")
    return group.read_text().strip() or None if group.exists() else None


@pytest.mark.footing("grown")
def test_waiting_for_a_hash_holds_no_database_connection(gate, committed):
    lines = []

    def sign_in():
        User.objects.exists()
        lines.append(connections["default"])
        assert lines[0].connection
        hashers.run_serially(lambda: None)

    waiting = gate.visitors.submit(sign_in)

    until(lambda: lines and lines[0].connection is None, what="the connection is returned")
    gate.set()
    waiting.result()


def test_full_queue_answers_429_and_counts_no_attempt(gate, committed, answers):
    name = unique("luz")
    User.objects.create_user(name, PASSWORD)
    waiting = [gate.visitors.submit(hashers.run_serially, lambda: None) for _ in range(hashers.QUEUE_LIMIT)]
    wait_for_queue(hashers.QUEUE_LIMIT)
    form = {"username": name, "password": PASSWORD}

    refused = Client().post("/accounts/sign-in/", form), Client().post("/accounts/sign-up/", answers)
    gate.set()
    for one in waiting:
        one.result()

    assert [(answer.status_code, answer["Retry-After"]) for answer in refused] == [(429, "10")] * 2
    assert not User.objects.filter(username=answers["username"]).exists()
    assert Client().post("/accounts/sign-in/", form).status_code == 302
