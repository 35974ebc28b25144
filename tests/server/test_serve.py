"""`manage.py serve`, the command."""

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


def test_processes_that_share_a_socket_hand_over_without_a_gap():
    with socket.create_server(("127.0.0.1", 0)) as door:
        port, command = door.getsockname()[1], [*SERVE, "--fd", str(door.fileno())]
        with ended_at_last() as start:
            first = start(command, cwd=ROOT, pass_fds=[door.fileno()])
            until(lambda: answers(port), what="the first one answers")
            second = start(command, cwd=ROOT, pass_fds=[door.fileno()])
            first.terminate()
            assert first.wait(timeout=in_time(10)) == 0
            until(lambda: answers(port), what="the second one answers")
            second.terminate()
            assert second.wait(timeout=in_time(10)) == 0


@contextlib.contextmanager
def ended_at_last():
    """Starts processes, and kills those that are left."""
    with contextlib.ExitStack() as stack:

        def start(*args, **options):
            process = subprocess.Popen(*args, **options)
            stack.callback(process.wait)
            stack.callback(process.kill)
            return process

        yield start


def test_a_taken_port_ends_it_with_a_reason():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        command = [*SERVE, "--port", str(taken.getsockname()[1])]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert ended.returncode == 1
    assert "Address already in use" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.footing("embedded")
def test_sqlite_serves_one_process_and_more_are_refused_in_words():
    ended = subprocess.run([*SERVE, "--workers", "2"], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1
    assert "PostgreSQL and Redis" in ended.stderr


@pytest.mark.footing("grown")
def test_workers_of_a_site_are_replaced_without_a_gap_and_whichever_is_asked_tells_the_figures_of_all(cluster):
    [server] = cluster(1, TEST_SERVER="workers")
    until(lambda: workers_told(server) == {"1", "2"}, what="both workers tell their figures")

    server.signal(signal.SIGHUP)

    refused = []
    until(
        lambda: refused.append(not answers(server.port)) or "All workers are new" in server.log(),
        seconds=60,
        what="all are new",
    )
    assert not any(refused)
    until(lambda: workers_told(server) == {"1", "2"}, what="both new workers tell their figures")
    server.signal(signal.SIGTERM)
    assert server.process.wait(timeout=10) == 0


def workers_told(server):
    request = urllib.request.Request(f"{server.url}/metrics", headers={"Authorization": "Bearer for tests"})
    text = urllib.request.urlopen(request, timeout=20).read().decode()
    return set(re.findall(r'^tertulia_up{worker="(.)"} 1$', text, re.M))


def test_no_search_for_garbage_goes_over_what_was_there_at_the_start():
    kept = "import chatsite.asgi, gc; print(gc.get_freeze_count())"
    # Django and all our code, on whatever server.
    assert int(subprocess.check_output([sys.executable, "-c", kept], cwd=ROOT)) > 100_000
