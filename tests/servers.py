"""Server processes on the test database."""

import contextlib
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection

from .forked import ForkedProcess
from .services import free_port
from .waiting import MACHINE_IS_OURS, until

ROOT = Path(__file__).resolve().parent.parent
# As docs/operating.md says to start them.
_MOST = "131072"
_DAPHNE = ["daphne", "--ping-interval=20", "--ping-timeout=10", "chatsite.asgi:application"]
_DAPHNE += ["--websocket-max-message-size", _MOST, "--websocket-max-frame-size", _MOST]
_UVICORN = ["uvicorn", "--lifespan=off", "--ws-max-size", _MOST, "chatsite.asgi:application"]
_UVICORN += ["--http=h11", "--h11-max-incomplete-event-size=16384"]
COMMANDS = {  # the port follows
    "serve": ["manage.py", "serve", "--host=127.0.0.1", "--port"],
    "workers": ["manage.py", "serve", "--host=127.0.0.1", "--workers=2", "--port"],
    "daphne": ["-m", *_DAPHNE, "--bind=127.0.0.1", "--port"],
    "uvicorn": ["-m", *_UVICORN, "--host=127.0.0.1", "--port"],
}


class Server:
    """A server process on a free port."""

    host = "127.0.0.1"  # where it listens
    code = ROOT  # working directory at the next start

    def __init__(self, log_path, **environment):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.socket_url = f"ws://127.0.0.1:{self.port}/ws/chat/"
        self.log_path = log_path
        self.environment = {key: str(value) for key, value in environment.items()}
        self.process = None
        self._read_to = 0

    def start(self):
        """Start the process, again on the same port if it was killed; call `wait_until_ready` next."""
        environment = os.environ | {"DATABASE_URL": database_url(), "PYTHONUNBUFFERED": "1"} | self.environment
        words = [word.replace("127.0.0.1", self.host) for word in COMMANDS[environment.get("TEST_SERVER", "serve")]]
        words.append(str(self.port))
        # Not forked where time and memory are measured, nor for other code.
        if words[0] == "manage.py" and "--workers=2" not in words and self.code == ROOT and not MACHINE_IS_OURS:
            self.process = ForkedProcess(words, cwd=ROOT, log_path=self.log_path, env=environment)
            return
        command = [sys.executable, *words]
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=self.code, stdout=log, stderr=log, env=environment, start_new_session=True
            )

    def wait_until_ready(self):
        until(lambda: self.answers("/healthz"), seconds=60, what=f"{self.url} is ready, see {self.log_path}")

    def answers(self, path):
        """Whether `path` answers 200; raise if the process has ended."""
        if self.process.poll() is not None:
            raise RuntimeError(f"The server ended with {self.process.returncode}:\n{self.log()}")
        with contextlib.suppress(urllib.error.URLError, OSError):
            return urllib.request.urlopen(self.url + path, timeout=5).status == 200
        return False

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        """Kill the process, as a crash would."""
        self.signal(signal.SIGKILL)
        self.process.wait()

    def log(self):
        return self.log_path.read_text(errors="replace")

    def new_tracebacks(self):
        """Return the log since the last call, if there is a traceback in it."""
        text = self.log()
        new, self._read_to = text[self._read_to :], len(text)
        return f"--- {self.log_path}\n{new}" if "Traceback (most recent call last)" in new else ""


def database_url(name=None):
    """Return the URL of the test database, or of the one called `name`, for other processes."""
    name = name or str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


def start_servers(count, folder, **environment):
    """Start `count` servers and return them when they are ready."""
    servers = [Server(folder / f"server-{number}.log", **environment) for number in range(1, count + 1)]
    for server in servers:
        server.start()
    for server in servers:
        server.wait_until_ready()
    return servers


def end_servers(servers):
    for server in servers:
        if server.process is not None and server.process.poll() is None:
            server.kill()


def expect_no_tracebacks(servers):
    found = "".join(server.new_tracebacks() for server in servers)
    assert not found, f"A server logged a traceback:\n{found}"


@pytest.fixture(scope="session")
def processes(pytestconfig):
    """Number of server processes: one with SQLite, else two."""
    return 2 if pytestconfig.getoption("footing") == "grown" else 1


@pytest.fixture(scope="session")
def _shared_servers(django_db_setup, static_files, processes, tmp_path_factory):
    servers = []
    try:
        servers += start_servers(processes, tmp_path_factory.mktemp("site"))
        yield servers
    finally:
        end_servers(servers)
    expect_no_tracebacks(servers)


@pytest.fixture
def site(_shared_servers):
    """The server processes of the running site, one or two: `site[0]` and `site[-1]`.

    Shared by all tests, which must not stop them (use `cluster` for that). A test fails if one of them logs a
    traceback during it.
    """
    yield _shared_servers
    expect_no_tracebacks(_shared_servers)


@pytest.fixture
def cluster(committed, static_files, processes, tmp_path):
    """Factory of servers for one test: `cluster(2, CHAT_MESSAGE_RATE=0)`; by default as many as `site` has."""
    started = []

    def start(count=None, **environment):
        folder = tmp_path / f"cluster-{len(started)}"
        folder.mkdir()
        servers = start_servers(count or processes, folder, **environment)
        started.extend(servers)
        return servers

    yield start
    end_servers(started)
    expect_no_tracebacks(started)
