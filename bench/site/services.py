"""Temporary Redis and PostgreSQL servers; PostgreSQL with Debian's defaults, fsync included."""

import contextlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import psycopg

from tests.services import find_program, free_port
from tests.waiting import until

from .processes import Process


class Redis:
    def __init__(self, folder: Path, core: int) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        command: list[str | int | Path] = [
            find_program("redis-server", "redis-server"),
            "--port",
            self.port,
            "--bind",
            "127.0.0.1",
        ]
        command += ["--save", "", "--appendonly", "no", "--dir", folder]
        self.process = Process(command, core, folder / "redis.log")
        self.process.wait_for(self.port)

    def stop(self) -> None:
        self.process.stop()


class PostgreSQL:
    """A cluster; `create` makes a database in it, as a copy of a template."""

    def __init__(self, folder: Path, core: int) -> None:
        self.port = free_port()
        home = folder / "postgresql"
        home.mkdir()
        # It refuses to run as root: then it runs as Debian's user.
        identity: dict[str, Any] = (
            {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        )
        if identity:
            shutil.chown(home, "postgres", "postgres")
        initdb = [find_program("initdb", "postgresql"), "-D", home / "data", "-U", "bench", "-A", "trust"]
        subprocess.run(
            [*initdb, "-E", "UTF8", "--locale", "C.UTF-8"], check=True, capture_output=True, cwd=home, **identity
        )
        options = ["listen_addresses=127.0.0.1", f"port={self.port}", f"unix_socket_directories={home}"]
        command: list[str | int | Path] = [find_program("postgres", "postgresql"), "-D", home / "data"]
        command += [part for option in options for part in ("-c", option)]
        self.process = Process(command, core, folder / "postgresql.log", cwd=home, **identity)
        until(self._is_ready, what="PostgreSQL is ready")

    def _is_ready(self) -> bool:
        with contextlib.suppress(psycopg.OperationalError), psycopg.connect(self.url("postgres")):
            return True
        return False

    def url(self, name: str) -> str:
        return f"postgres://bench@127.0.0.1:{self.port}/{name}"

    def create(self, name: str, template: str = "template0") -> str:
        """Create a database, in place of an earlier one; its URL."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
            connection.execute("CHECKPOINT")
        return self.url(name)

    def stop(self) -> None:
        self.process.stop()
