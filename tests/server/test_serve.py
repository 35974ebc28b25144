"""The `manage.py serve` command."""

import contextlib
import re
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest

from tests.servers import ROOT
from tests.waiting import in_time, until

pytestmark = pytest.mark.once("embedded")

SERVE = [sys.executable, "manage.py", "serve"]


def answers(port):
    with contextlib.suppress(OSError):
        return urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5).status == 200
    return False


def test_processes_sharing_a_listening_socket_hand_over_without_a_gap():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port, command = listener.getsockname()[1], [*SERVE, "--fd", str(listener.fileno())]
        with killed_at_exit() as start:
            first = start(command, cwd=ROOT, pass_fds=[listener.fileno()])
            until(lambda: answers(port), what="the first process answers")
            second = start(command, cwd=ROOT, pass_fds=[listener.fileno()])
            first.terminate()
            assert first.wait(timeout=in_time(10)) == 0
            until(lambda: answers(port), what="the second process answers")
            second.terminate()
            assert second.wait(timeout=in_time(10)) == 0


@contextlib.contextmanager
def killed_at_exit():
    """Yield a function that starts processes; those still running are killed at the end."""
    with contextlib.ExitStack() as stack:

        def start(*args, **options):
            process = subprocess.Popen(*args, **options)
            stack.callback(process.wait)
            stack.callback(process.kill)
            return process

        yield start


def test_port_in_use_exits_with_an_error_message():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        command = [*SERVE, "--port", str(taken.getsockname()[1])]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert ended.returncode == 1
    assert "Address already in use" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.footing("embedded")
def test_several_workers_on_sqlite_are_refused_with_an_error_message():
    ended = subprocess.run([*SERVE, "--workers", "2"], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1
    assert "PostgreSQL and Redis" in ended.stderr


@pytest.mark.footing("grown")
def test_workers_are_replaced_without_a_gap_and_each_exports_the_metrics_of_all(cluster):
    [server] = cluster(1, TEST_SERVER="workers")
    until(lambda: workers_in_metrics(server) == {"1", "2"}, what="both workers export metrics")

    server.signal(signal.SIGHUP)

    refused = []
    until(
        lambda: refused.append(not answers(server.port)) or "All workers are new" in server.log(),
        seconds=60,
        what="all workers are new",
    )
    assert not any(refused)
    until(lambda: workers_in_metrics(server) == {"1", "2"}, what="both new workers export metrics")
    server.signal(signal.SIGTERM)
    assert server.process.wait(timeout=10) == 0


def workers_in_metrics(server):
    request = urllib.request.Request(f"{server.url}/metrics", headers={"Authorization": "Bearer for tests"})
    text = urllib.request.urlopen(request, timeout=20).read().decode()
    return set(re.findall(r'^tertulia_up{worker="(.)"} 1\.0$', text, re.M))


def test_objects_created_at_startup_are_frozen_for_the_garbage_collector():
    code = "import chatsite.asgi, gc; print(gc.get_freeze_count())"
    # Django and all our code, whatever the server program.
    assert int(subprocess.check_output([sys.executable, "-c", code], cwd=ROOT)) > 100_000
