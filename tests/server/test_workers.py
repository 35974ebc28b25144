"""Several server processes behind one door, and the parent that keeps them."""

import contextlib
import os
import signal
import socket
import subprocess
import sys

import pytest

from tests.servers import ROOT
from tests.services import free_port
from tests.waiting import until

pytestmark = pytest.mark.footing("embedded")


class Parent:
    """`chatsite.server.supervisor` with workers of `tests.server.worker`."""

    def __init__(self, folder, verb, workers):
        self.port = free_port()
        self._log_path = folder / "parent.log"
        command = [sys.executable, "-m", "chatsite.server.supervisor", "--host", "127.0.0.1", "--port", str(self.port)]
        command += ["--workers", str(workers), "--", sys.executable, "-m", "tests.server.worker", verb]
        with self._log_path.open("wb") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)

    def pid(self):
        """Of the worker that answers."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as line:
            return int(line.recv(20) or 0)

    def pids(self):
        """Of the workers that are ready, the latest last."""
        return [int(line.split()[-1]) for line in self.log().splitlines() if "is process" in line]

    def log(self):
        return self._log_path.read_text()

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.process.wait(timeout=15)


@pytest.fixture
def start(tmp_path):
    """`start(verb, workers)`: a parent, killed at last; its workers then end by themselves."""
    with contextlib.ExitStack() as stack:

        def start(verb="serve", workers=2):
            parent = Parent(tmp_path, verb, workers)
            stack.callback(parent.process.wait)
            stack.callback(parent.process.kill)
            until(lambda: parent.process.poll() is not None or len(parent.pids()) == workers, what="all are ready")
            return parent

        yield start


def lives(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_workers_share_a_port_and_end_with_their_parent(start):
    parent = start(workers=3)
    assert parent.pid() in parent.pids()
    assert parent.end() == 0
    assert not any(map(lives, parent.pids()))


def test_a_worker_that_dies_is_replaced(start):
    parent = start()
    os.kill(parent.pids()[0], signal.SIGKILL)
    until(lambda: len(parent.pids()) == 3, what="another one is ready")
    assert lives(parent.pids()[-1])
    assert parent.end() == 0


def test_workers_are_replaced_one_by_one_and_at_no_time_nobody_answers(start):
    parent = start()
    parent.process.send_signal(signal.SIGHUP)
    answers = set()
    until(lambda: answers.add(parent.pid()) or "All workers are new" in parent.log(), what="all workers are new")
    assert 0 not in answers
    assert not any(map(lives, parent.pids()[:2]))
    assert parent.end() == 0


def test_new_workers_that_do_not_start_leave_the_old_ones_where_they_are(start):
    parent = start("refuse-later", workers=1)
    parent.process.send_signal(signal.SIGHUP)
    until(lambda: "the old ones go on" in parent.log(), what="the parent has seen that it does not go")
    assert [parent.pid()] == parent.pids()
    assert parent.end() == 0


@pytest.mark.parametrize("workers", [1, 2])
def test_a_parent_none_of_whose_workers_starts_says_so_and_ends(start, workers):
    parent = start("refuse", workers)
    assert parent.process.wait(timeout=15) == 1
    assert parent.log().count("could not start") == workers
    assert "No worker can be started" in parent.log()


def test_workers_do_not_outlive_a_parent_that_was_killed(start):
    parent = start()
    parent.process.kill()
    parent.process.wait()
    until(lambda: not any(map(lives, parent.pids())), what="the workers have ended")


def test_a_taken_port_ends_the_parent_with_a_reason(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        command = [sys.executable, "-m", "chatsite.server.supervisor", "--host", "127.0.0.1", "--workers", "1"]
        command += ["--port", str(taken.getsockname()[1]), "true"]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=15)
    assert ended.returncode == 1
    assert "Address already in use" in ended.stderr
    assert "Traceback" not in ended.stderr
