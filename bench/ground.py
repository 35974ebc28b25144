"""What the servers stand on: Redis, PostgreSQL, and databases filled once and copied for every start."""

import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg

from .processes import SERVER_CORE, cpu_seconds, family
from .services import PostgreSQL, Redis

PEOPLE, ROOMS = 5020, 100


class Ground:
    def __init__(self, core, people=PEOPLE, rooms=ROOMS):
        self.size = people, rooms
        self.folder = Path(tempfile.mkdtemp(prefix="tertulia-bench-", dir="/var/tmp"))
        self.folder.chmod(0o711)  # PostgreSQL, as another user, passes through to its own folder
        self.core = core

    def __enter__(self):
        with contextlib.ExitStack() as ends:
            ends.callback(shutil.rmtree, self.folder, ignore_errors=True)
            self.redis = Redis(self.folder, self.core)
            ends.callback(self.redis.stop)
            self.postgresql = PostgreSQL(self.folder, self.core)
            ends.callback(self.postgresql.stop)
            self._fill_all()
            self._ends = ends.pop_all()
        return self

    def __exit__(self, *exc):
        self._ends.close()

    def _fill_all(self):
        self.people = {
            "postgres": self._fill(self.postgresql.create("filled")),
            "sqlite": self._fill(f"sqlite:///{self.folder / 'filled.sqlite3'}"),
        }

    def environment(self, url, redis):
        settings = {"SECRET_KEY": "only for measuring", "ENV_FILE": "/dev/null", "LOG_LEVEL": "WARNING"}
        settings |= {"DATABASE_URL": url or "sqlite://:memory:", "DEBUG": "0", "DOMAIN": ""}
        return settings | {"REDIS_URL": self.redis.url if redis else ""}

    def _fill(self, url):
        command = [sys.executable, "-m", "bench.people", *map(str, self.size)]
        environment = os.environ | self.environment(url, redis=False)
        return json.loads(subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE).stdout)

    def database(self, kind):
        """A new copy of the filled database: its URL."""
        if kind == "postgres":
            return self.postgresql.create("site", template="filled")
        if kind == "sqlite":
            for old in self.folder.glob("site.sqlite3*"):
                old.unlink()
            shutil.copy(self.folder / "filled.sqlite3", self.folder / "site.sqlite3")
            return f"sqlite:///{self.folder / 'site.sqlite3'}"
        return ""

    def stored(self, url):
        """How many messages are in that database."""
        count = "SELECT count(*) FROM rooms_message"
        if url.startswith("sqlite"):
            connection = sqlite3.connect(url.removeprefix("sqlite:///"))
            return connection.execute(count).fetchone()[0]
        with psycopg.connect(url) as connection:
            return connection.execute(count).fetchone()[0]

    def bare_commit(self, kind):
        """Median seconds of one bare commit from Python, measured on the server's core."""
        command = ["taskset", "--cpu-list", str(SERVER_CORE), sys.executable, "-m", "bench.commit", self.database(kind)]
        return float(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)

    def cpu_seconds(self):
        """What Redis and PostgreSQL have used so far."""
        return sum(cpu_seconds(pid) for service in (self.redis, self.postgresql) for pid in family(service.process.pid))
