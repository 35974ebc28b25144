"""Real server processes on the test database."""

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
    """One server process on a port of its own."""

    host = "127.0.0.1"  # where it listens
    code = ROOT  # what it runs when it starts the next time

    def __init__(self, log_path, **environment):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.socket_url = f"ws://127.0.0.1:{self.port}/ws/chat/"
        self.log_path = log_path
        self.environment = {key: str(value) for key, value in environment.items()}
        self.process = None
        self._read_to = 0

    def start(self):
        """Start it, on the same port as before if it was killed; `wait_until_ready` comes next."""
        environment = os.environ | {"DATABASE_URL": database_url(), "PYTHONUNBUFFERED": "1"} | self.environment
        words = [word.replace("127.0.0.1", self.host) for word in COMMANDS[environment.get("TEST_SERVER", "serve")]]
        words.append(str(self.port))
        # Where times and memory are judged, and from other code, it is a process of its own from the beginning.
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
        """Whether `path` answers 200; an error if the process has ended."""
        if self.process.poll() is not None:
            raise RuntimeError(f"The server ended with {self.process.returncode}:\n{self.log()}")
        with contextlib.suppress(urllib.error.URLError, OSError):
            return urllib.request.urlopen(self.url + path, timeout=5).status == 200
        return False

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        """End it as a crash does."""
        self.signal(signal.SIGKILL)
        self.process.wait()

    def log(self):
        return self.log_path.read_text(errors="replace")

    def new_tracebacks(self):
        """What was logged since the last call, if there is a traceback in it."""
        text = self.log()
        new, self._read_to = text[self._read_to :], len(text)
        return f"--- {self.log_path}\n{new}" if "Traceback (most recent call last)" in new else ""


def database_url(name=None):
    """The address of this run's test database, or of the one called `name`, for another process."""
    name = name or str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


def start_servers(count, folder, **environment):
    """`count` servers, ready."""
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
    """How many server processes the footing has: SQLite's one, or two."""
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
    """The running site, as a list of its server processes; `site[0]` and `site[-1]` are two where there are two.

    Shared by all tests, so nobody kills or stops these: that is what `cluster` is for. A test fails when one of them
    logs a traceback during it.
    """
    yield _shared_servers
    expect_no_tracebacks(_shared_servers)


@pytest.fixture
def cluster(committed, static_files, processes, tmp_path):
    """Starts servers of the test's own: `cluster(2, CHAT_MESSAGE_RATE=0)`. As many as the footing has, if not said."""
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
