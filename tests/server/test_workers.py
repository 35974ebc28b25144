"""Worker processes that share one port, and the supervisor that starts and replaces them."""

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


class SupervisorProcess:
    """`chatsite.server.supervisor` with workers of `tests.server.stub_worker`."""

    def __init__(self, folder, behavior, workers):
        self.port = free_port()
        self._log_path = folder / "supervisor.log"
        command = [sys.executable, "-m", "chatsite.server.supervisor", "--host", "127.0.0.1", "--port", str(self.port)]
        command += ["--workers", str(workers), "--", sys.executable, "-m", "tests.server.stub_worker", behavior]
        with self._log_path.open("wb") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)

    def pid(self):
        """The process id of the worker that accepts a connection."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            return int(connection.recv(20) or 0)

    def pids(self):
        """The process ids of all workers that were ready, the latest last."""
        return [int(line.split()[-1]) for line in self.log().splitlines() if "is process" in line]

    def log(self):
        return self._log_path.read_text()

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.process.wait(timeout=15)


@pytest.fixture
def start(tmp_path):
    """`start(behavior, workers)` starts a supervisor; it is killed after the test, and its workers exit then."""
    with contextlib.ExitStack() as stack:

        def start(behavior="serve", workers=2):
            supervisor = SupervisorProcess(tmp_path, behavior, workers)
            stack.callback(supervisor.process.wait)
            stack.callback(supervisor.process.kill)
            until(
                lambda: supervisor.process.poll() is not None or len(supervisor.pids()) == workers,
                what="all workers are ready",
            )
            return supervisor

        yield start


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_workers_share_a_port_and_exit_with_their_supervisor(start):
    supervisor = start(workers=3)
    assert supervisor.pid() in supervisor.pids()
    assert supervisor.stop() == 0
    assert not any(map(is_alive, supervisor.pids()))


def test_killed_worker_is_replaced(start):
    supervisor = start()
    os.kill(supervisor.pids()[0], signal.SIGKILL)
    until(lambda: len(supervisor.pids()) == 3, what="another worker is ready")
    assert is_alive(supervisor.pids()[-1])
    assert supervisor.stop() == 0


def test_workers_are_replaced_one_by_one_without_a_gap(start):
    supervisor = start()
    supervisor.process.send_signal(signal.SIGHUP)
    answers = set()
    until(
        lambda: answers.add(supervisor.pid()) or "All workers are new" in supervisor.log(), what="all workers are new"
    )
    assert 0 not in answers
    assert not any(map(is_alive, supervisor.pids()[:2]))
    assert supervisor.stop() == 0


def test_failed_replacement_keeps_the_old_workers(start):
    supervisor = start("refuse-later", workers=1)
    supervisor.process.send_signal(signal.SIGHUP)
    until(lambda: "the old ones go on" in supervisor.log(), what="the failure is logged")
    assert [supervisor.pid()] == supervisor.pids()
    assert supervisor.stop() == 0


@pytest.mark.parametrize("workers", [1, 2])
def test_supervisor_exits_with_an_error_if_no_worker_starts(start, workers):
    supervisor = start("refuse", workers)
    assert supervisor.process.wait(timeout=15) == 1
    assert supervisor.log().count("could not start") == workers
    assert "No worker can be started" in supervisor.log()


def test_workers_exit_when_their_supervisor_is_killed(start):
    supervisor = start()
    supervisor.process.kill()
    supervisor.process.wait()
    until(lambda: not any(map(is_alive, supervisor.pids())), what="the workers have exited")


def test_port_in_use_exits_with_an_error_message(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        command = [sys.executable, "-m", "chatsite.server.supervisor", "--host", "127.0.0.1", "--workers", "1"]
        command += ["--port", str(taken.getsockname()[1]), "true"]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=15)
    assert ended.returncode == 1
    assert "Address already in use" in ended.stderr
    assert "Traceback" not in ended.stderr
