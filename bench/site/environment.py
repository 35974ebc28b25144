"""The services of the measured servers: Redis, PostgreSQL, and databases filled once and copied for every start."""

import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Self, TypedDict

import psycopg

from .processes import SERVER_CORE, cpu_seconds, process_tree
from .services import PostgreSQL, Redis

USERS, ROOMS = 5020, 100


class Fixtures(TypedDict):
    """The output of `bench.site.fixtures`: a cookie for each user, and the ids of the rooms."""

    cookies: list[str]
    rooms: list[int]
    default: int


class BenchEnvironment:
    """A context manager that starts the services on one core, and removes them with all data at the end."""

    def __init__(self, core: int, users: int = USERS, rooms: int = ROOMS) -> None:
        self.size = users, rooms
        self.folder = Path(tempfile.mkdtemp(prefix="tertulia-bench-", dir="/var/tmp"))
        self.folder.chmod(0o711)  # PostgreSQL, as another user, needs access to its own folder inside
        self.core = core
        self.fixtures: dict[str, Fixtures] = {}

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
            self.redis = Redis(self.folder, self.core)
            stack.callback(self.redis.stop)
            self.postgresql = PostgreSQL(self.folder, self.core)
            stack.callback(self.postgresql.stop)
            self.fixtures["postgres"] = self._fill(self.postgresql.create("filled"))
            self.fixtures["sqlite"] = self._fill(f"sqlite:///{self.folder / 'filled.sqlite3'}")
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stack.close()

    def variables(self, url: str, redis: bool) -> dict[str, str]:
        """The environment variables of a server with this database."""
        settings = {"SECRET_KEY": "only for measuring", "ENV_FILE": "/dev/null", "LOG_LEVEL": "WARNING"}
        settings |= {"DATABASE_URL": url or "sqlite://:memory:", "DEBUG": "0", "DOMAIN": ""}
        return settings | {"REDIS_URL": self.redis.url if redis else ""}

    def _fill(self, url: str) -> Fixtures:
        command = [sys.executable, "-m", "bench.site.fixtures", *map(str, self.size)]
        variables = os.environ | self.variables(url, redis=False)
        output = subprocess.run(command, env=variables, check=True, stdout=subprocess.PIPE).stdout
        fixtures: Fixtures = json.loads(output)
        return fixtures

    def database(self, kind: str) -> str:
        """The URL of a new copy of the filled database; empty for a server that stores nothing."""
        if kind == "postgres":
            return self.postgresql.create("site", template="filled")
        if kind == "sqlite":
            for old in self.folder.glob("site.sqlite3*"):
                old.unlink()
            shutil.copy(self.folder / "filled.sqlite3", self.folder / "site.sqlite3")
            return f"sqlite:///{self.folder / 'site.sqlite3'}"
        return ""

    def stored(self, url: str) -> int:
        """The number of messages in that database."""
        count = "SELECT count(*) FROM rooms_message"
        if url.startswith("sqlite"):
            with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as copy:
                return int(copy.execute(count).fetchone()[0])
        with psycopg.connect(url) as connection:
            [number] = connection.execute(count).fetchone() or [0]
            return int(number)

    def bare_commit(self, kind: str) -> float:
        """The median seconds of one bare commit from Python, measured on the server's core."""
        command = [
            "taskset",
            "--cpu-list",
            str(SERVER_CORE),
            sys.executable,
            "-m",
            "bench.site.commit",
            self.database(kind),
        ]
        return float(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)

    def cpu_seconds(self) -> float:
        """The CPU time of Redis and PostgreSQL so far."""
        services = (self.redis, self.postgresql)
        return sum(cpu_seconds(pid) for service in services for pid in process_tree(service.process.pid))
