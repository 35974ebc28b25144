"""The measured servers: how each is started, what it stores in, and its wire protocol."""

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.clients.protocols import (
    BroadcastProtocol,
    ServerProtocol,
    SocketIOProtocol,
    TertuliaProtocol,
    TutorialProtocol,
)
from tests.services import free_port

from .environment import BenchEnvironment
from .processes import SERVER_CORE, Process

PEERS = Path(__file__).parent.parent / "peers"
PYTHON = sys.executable
SERVE = [PYTHON, "manage.py", "serve", "--port"]
# As `manage.py serve` and stock deployments have them; a run is shorter than most of these intervals.
DAPHNE = [PYTHON, "-m", "daphne", "-b", "127.0.0.1", "--ping-interval", "20", "--ping-timeout", "10", "-v", "0", "-p"]
UVICORN = [PYTHON, "-m", "uvicorn", "--log-level", "warning", "--no-access-log", "--host", "127.0.0.1", "--port"]
# No throttling: every message must be delivered to be counted.
UNLIMITED = {"CHAT_MESSAGE_RATE": "0", "CHAT_FRAME_RATE": "0", "CHAT_SOCKETS_PER_USER": "100000"}


@dataclass
class MeasuredServer:
    """The port is appended to `command`, and `application` after it.

    `database`: `postgres`, `sqlite`, or empty for a server that stores nothing.
    """

    name: str
    protocol: type[ServerProtocol]
    command: Sequence[str | Path]
    application: Sequence[str] = ()
    database: str = ""
    redis: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path = Path(__file__).parent.parent.parent

    def start(self, environment: BenchEnvironment) -> tuple[Process, int, str]:
        """Start the server on its core: `(process, port, database URL)`."""
        port, url = free_port(), environment.database(self.database)
        variables = os.environ | self.environment | {"PYTHONUNBUFFERED": "1", "PORT": str(port)}
        variables |= environment.variables(url, self.redis)
        command = [*self.command, str(port), *self.application]
        log = environment.folder / f"{self.name.replace(' ', '-')}.log"
        process = Process(command, SERVER_CORE, log, env=variables, cwd=self.folder)
        process.wait_for(port)
        return process, port, url


def tertulia(
    name: str, command: Sequence[str | Path], database: str, application: Sequence[str] = ()
) -> MeasuredServer:
    """This application, by one of the programs that can serve it."""
    redis = database == "postgres"
    return MeasuredServer(name, TertuliaProtocol, command, application, database, redis, UNLIMITED)


def all_servers() -> list[MeasuredServer]:
    """All servers, in the order of the table."""
    asgi = ["chatsite.asgi:application"]
    return [
        tertulia("serve", SERVE, "postgres"),
        tertulia("serve sqlite", SERVE, "sqlite"),
        tertulia("daphne", DAPHNE, "postgres", asgi),
        tertulia("uvicorn", UVICORN, "postgres", asgi),
        MeasuredServer("tutorial", TutorialProtocol, DAPHNE, ["bench.peers.tutorial:application"], redis=True),
        MeasuredServer("flask", SocketIOProtocol, [PYTHON, PEERS / "flask_rooms.py"]),
        MeasuredServer("socketio", SocketIOProtocol, [_node(), "server.js"], folder=PEERS / "socketio"),
        MeasuredServer("broadcast", BroadcastProtocol, [PYTHON, PEERS / "broadcast.py"]),
    ]


def _node() -> str:
    return shutil.which("node") or sys.exit("The peer on Node needs node: apt-get install nodejs npm")
