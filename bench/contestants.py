"""Who takes part: how each server is started, on what, and how it is spoken to."""

import os
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tests.services import free_port

from .dialects import Broadcast, SocketIO, Tertulia, Tutorial
from .processes import SERVER_CORE, Process

PEERS = Path(__file__).parent / "peers"
PYTHON = sys.executable
SERVE = [PYTHON, "manage.py", "serve", "--port"]
# As `manage.py serve` and stock deployments have them; a run is shorter than most of these.
DAPHNE = [PYTHON, "-m", "daphne", "-b", "127.0.0.1", "--ping-interval", "20", "--ping-timeout", "10", "-v", "0", "-p"]
UVICORN = [PYTHON, "-m", "uvicorn", "--log-level", "warning", "--no-access-log", "--host", "127.0.0.1", "--port"]
# A load is no flood here: nothing is refused, so that everything can be counted.
UNLIMITED = {"CHAT_MESSAGE_RATE": "0", "CHAT_FRAME_RATE": "0", "CHAT_SOCKETS_PER_USER": "100000"}


@dataclass
class Contestant:
    """`command` lacks its port, which `application` follows. `database`: postgres, sqlite or, storing nothing, ""."""

    name: str
    dialect: type
    command: list
    application: list = field(default_factory=list)
    database: str = ""
    redis: bool = False
    environment: dict = field(default_factory=dict)
    folder: Path = Path(__file__).parent.parent

    def start(self, ground):
        """Start it on the server's core; `(process, port, database url)`."""
        port, url = free_port(), ground.database(self.database)
        environment = os.environ | self.environment | {"PYTHONUNBUFFERED": "1", "PORT": str(port)}
        environment |= ground.environment(url, self.redis)
        command = [*self.command, str(port), *self.application]
        log = ground.folder / f"{self.name.replace(' ', '-')}.log"
        process = Process(command, SERVER_CORE, log, env=environment, cwd=self.folder)
        process.wait_for(port)
        return process, port, url


def ours(name, command, database, application=()):
    redis = database == "postgres"
    return Contestant(name, Tertulia, command, list(application), database, redis, UNLIMITED)


def everyone():
    """All that take part, in the order of the table."""
    asgi = ["chatsite.asgi:application"]
    return [
        ours("serve", SERVE, "postgres"),
        ours("serve sqlite", SERVE, "sqlite"),
        ours("daphne", DAPHNE, "postgres", asgi),
        ours("uvicorn", UVICORN, "postgres", asgi),
        Contestant("tutorial", Tutorial, DAPHNE, ["bench.peers.tutorial:application"], redis=True),
        Contestant("flask", SocketIO, [PYTHON, PEERS / "flask_rooms.py"]),
        Contestant("socketio", SocketIO, [_node(), "server.js"], folder=PEERS / "socketio"),
        Contestant("broadcast", Broadcast, [PYTHON, PEERS / "broadcast.py"]),
    ]


def _node():
    return shutil.which("node") or sys.exit("The peer on Node needs node: apt-get install nodejs npm")
