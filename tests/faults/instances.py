"""PostgreSQL and Redis processes that tests may stop, pause and kill."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import psycopg
import redis

from tests.services import find_program, free_port
from tests.waiting import until


class PostgresServer:
    """A PostgreSQL server on a free port, which it keeps after each restart."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._home = folder / "postgresql"
        self._data = self._home / "data"
        self._home.mkdir(mode=0o700)
        # PostgreSQL refuses to run as root; as root we start it as Debian's user postgres.
        self._user: dict[str, object] = {}
        self.grant(self._home)
        if os.geteuid() == 0:
            self._user = {"user": "postgres", "group": "postgres", "extra_groups": []}
        initdb = find_program("initdb", "postgresql")
        self._run(initdb, "-U", "tertulia", "-A", "trust", "-E", "UTF8", "--locale", "C.UTF-8", "--no-sync")

    def grant(self, folder: Path) -> None:
        """Make PostgreSQL's user the owner of the folder."""
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")

    def start(self) -> None:
        # Without fsync: the kernel keeps what a killed process has written, and the machine loses no power.
        options = f"-c listen_addresses=127.0.0.1 -c port={self.port} -c unix_socket_directories={self._home}"
        self._pg_ctl("start", "-l", self._home / "log", "-o", f"{options} -c fsync=off -c max_connections=150")

    def restart(self, mode: str) -> None:
        """Restart: `fast` closes all connections first; `immediate` acts as a crash and needs recovery."""
        self._pg_ctl("restart", "-m", mode, "-l", self._home / "log")

    def stop(self, mode: str = "immediate") -> None:
        self._pg_ctl("stop", "-m", mode)

    def is_running(self) -> bool:
        status = subprocess.run(
            [find_program("pg_ctl", "postgresql"), "status", "-D", self._data],
            cwd=self._home,
            stdout=subprocess.DEVNULL,
            check=False,
            **self._user,
        )
        return status.returncode == 0

    def url(self, name: str, port: int | None = None) -> str:
        return f"postgres://tertulia@127.0.0.1:{port or self.port}/{name}"

    def query(self, name: str, sql: str, *values: object) -> list[tuple]:
        """Run `sql` in the database `name`, bypassing proxies, and return its rows."""
        with psycopg.connect(self.url(name), autocommit=True) as connection:
            cursor = connection.execute(sql, values or None)
            return cursor.fetchall() if cursor.description else []

    def log(self) -> str:
        return (self._home / "log").read_text(errors="replace")

    def _pg_ctl(self, command: str, *options: object) -> None:
        self._run(find_program("pg_ctl", "postgresql"), command, "-w", "-t", "60", *options)

    def _run(self, *arguments: object) -> None:
        output = self._home.parent / "postgresql-commands.log"
        with output.open("ab") as log:
            command = [*map(str, arguments), "-D", str(self._data)]
            subprocess.run(command, check=True, cwd=self._home, stdout=log, stderr=log, **self._user)


class RedisServer:
    """A Redis server on a free port, which it keeps after each restart; without persistence."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._folder = folder
        self._process: subprocess.Popen | None = None

    def start(self) -> None:
        command = [find_program("redis-server", "redis-server"), "--port", str(self.port), "--bind", "127.0.0.1"]
        command += ["--save", "", "--appendonly", "no", "--dir", str(self._folder)]
        with (self._folder / "redis.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        until(self._answers, what="Redis answers")

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def url(self, port: int | None = None) -> str:
        return f"redis://127.0.0.1:{port or self.port}/0"

    def command(self, *words: object) -> object:
        """Run a Redis command and return its response."""
        with redis.Redis(port=self.port, socket_timeout=2) as client:
            return client.execute_command(*words)

    def pause(self, seconds: float) -> None:
        """Suspend all clients; their connections stay open."""
        self.command("CLIENT", "PAUSE", int(seconds * 1000), "ALL")

    def exhaust_memory(self) -> None:
        """Refuse every write for lack of memory from now on."""
        self.command("CONFIG", "SET", "maxmemory", 1)

    def limit_subscriber_buffers(self) -> None:
        """Disconnect subscribers with more than 8 KiB of pending output from now on."""
        self.command("CONFIG", "SET", "client-output-buffer-limit", "pubsub 8192 0 0")

    def reset_limits(self) -> None:
        """Undo `exhaust_memory` and `limit_subscriber_buffers`."""
        self.command("CONFIG", "SET", "maxmemory", 0, "client-output-buffer-limit", "pubsub 32mb 8mb 60")

    def has_logged(self, words: str) -> bool:
        return words in (self._folder / "redis.log").read_text()

    def _answers(self) -> object:
        try:
            return self.command("PING")
        except redis.RedisError:
            return False
