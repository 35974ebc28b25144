"""`server` and `own_server`: our server process with the scripted application."""

import contextlib
import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import ROOT
from tests.services import free_port
from tests.waiting import until

from .blocking_websocket import BlockingWebSocket


class ScriptedServer:
    """One process of `tests.server.scripted_app`."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.log_path = folder / "server.log"
        self._sockets: list[BlockingWebSocket] = []
        self._log_offset = 0
        with self.log_path.open("wb") as log:
            command = [sys.executable, "-X", "faulthandler", "-m", "tests.server.scripted_app", str(self.port)]
            environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env=environment)
        until(self._answers, seconds=30, what="the server listens")

    def _answers(self) -> dict | None:
        assert self.process.poll() is None, self.log()
        with contextlib.suppress(OSError):
            return self.request("/")
        return None

    def request(self, path: str, body: bytes | None = None) -> dict:
        """Send a request and return its JSON."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", body, timeout=15) as answer:
            return json.load(answer)

    def connect(self, path: str = "/") -> BlockingWebSocket:
        """Open a WebSocket; closed after the test."""
        self._sockets.append(BlockingWebSocket(self, path))
        return self._sockets[-1]

    def log(self) -> str:
        return self.log_path.read_text()

    def expect_no_errors(self) -> None:
        """Close all sockets, and fail if a traceback or a crash was logged since the last call."""
        self._close_sockets()
        new, self._log_offset = self.log()[self._log_offset :], len(self.log())
        assert "Traceback" not in new and "Fatal" not in new, new

    def _close_sockets(self) -> None:
        for socket in self._sockets:
            socket.close()
        self._sockets.clear()

    def stop(self) -> None:
        self._close_sockets()
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


@pytest.fixture
def server(_shared_server: ScriptedServer) -> Iterator[ScriptedServer]:
    """One process for all tests that neither stop it nor depend on its state."""
    yield _shared_server
    _shared_server.expect_no_errors()


@pytest.fixture(scope="session")
def _shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScriptedServer]:
    server = ScriptedServer(tmp_path_factory.mktemp("server"))
    yield server
    server.stop()
    server.expect_no_errors()


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[ScriptedServer]:
    """A process for one test."""
    server = ScriptedServer(tmp_path)
    yield server
    server.stop()
    server.expect_no_errors()
