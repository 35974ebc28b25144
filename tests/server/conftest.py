"""Our server under an application made to try it: `ground`."""

import contextlib
import json
import os
import subprocess
import sys
import urllib.request

import pytest

from tests.servers import ROOT
from tests.services import free_port
from tests.waiting import until

from .raw_websocket import Line


class Ground:
    """One process of `tests.server.sample_app`."""

    def __init__(self, folder):
        self.port = free_port()
        self.log_path = folder / "ground.log"
        self._lines, self._read_to = [], 0
        with self.log_path.open("wb") as log:
            command = [sys.executable, "-X", "faulthandler", "-m", "tests.server.sample_app", str(self.port)]
            environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env=environment)
        until(self._answers, seconds=30, what="the ground listens")

    def _answers(self):
        assert self.process.poll() is None, self.log()
        with contextlib.suppress(OSError):
            return self.ask("/")

    def ask(self, path, body=None):
        """The answer to a request, as JSON."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", body, timeout=15) as answer:
            return json.load(answer)

    def line(self, path="/"):
        self._lines.append(Line(self, path))
        return self._lines[-1]

    def log(self):
        return self.log_path.read_text()

    def expect_no_trouble(self):
        self._hang_up()
        new, self._read_to = self.log()[self._read_to :], len(self.log())
        assert "Traceback" not in new and "Fatal" not in new, new

    def _hang_up(self):
        for line in self._lines:
            line.close()
        self._lines.clear()

    def end(self):
        self._hang_up()
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


@pytest.fixture
def ground(_shared_ground):
    """One for all who neither end it nor ask what it has seen so far."""
    yield _shared_ground
    _shared_ground.expect_no_trouble()


@pytest.fixture(scope="session")
def _shared_ground(tmp_path_factory):
    ground = Ground(tmp_path_factory.mktemp("ground"))
    yield ground
    ground.end()
    ground.expect_no_trouble()


@pytest.fixture
def own_ground(tmp_path):
    ground = Ground(tmp_path)
    yield ground
    ground.end()
    ground.expect_no_trouble()
