"""PostgreSQL and Redis of the fault tests' own, to be stopped, paused and killed."""

import os
import shutil
import signal
import subprocess

import psycopg
import redis

from tests.services import find_program, free_port
from tests.waiting import until


class Postgres:
    """A PostgreSQL server on a port of its own; the same port after each restart."""

    def __init__(self, folder):
        self.port = free_port()
        self._home = folder / "postgresql"
        self._data = self._home / "data"
        self._home.mkdir(mode=0o700)
        # It refuses to run as root, so root lends it Debian's user postgres.
        self._user = {}
        self.own(self._home)
        if os.geteuid() == 0:
            self._user = {"user": "postgres", "group": "postgres", "extra_groups": []}
        initdb = find_program("initdb", "postgresql")
        self._run(initdb, "-U", "tertulia", "-A", "trust", "-E", "UTF8", "--locale", "C.UTF-8", "--no-sync")

    def own(self, folder):
        """Let PostgreSQL write there."""
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")

    def start(self):
        # No fsync: the machine itself does not die, and a killed process has already handed over what it wrote.
        options = f"-c listen_addresses=127.0.0.1 -c port={self.port} -c unix_socket_directories={self._home}"
        self._pg_ctl("start", "-l", self._home / "log", "-o", f"{options} -c fsync=off -c max_connections=150")

    def restart(self, mode):
        """`fast` ends all connections and then itself; `immediate` dies as in a crash, and recovers."""
        self._pg_ctl("restart", "-m", mode, "-l", self._home / "log")

    def stop(self, mode="immediate"):
        self._pg_ctl("stop", "-m", mode)

    def is_running(self):
        status = subprocess.run(
            [find_program("pg_ctl", "postgresql"), "status", "-D", self._data],
            cwd=self._home,
            stdout=subprocess.DEVNULL,
            check=False,
            **self._user,
        )
        return status.returncode == 0

    def url(self, name, port=None):
        return f"postgres://tertulia@127.0.0.1:{port or self.port}/{name}"

    def query(self, name, sql, *values):
        """Run `sql` in the database `name`, past any proxy, and return its rows."""
        with psycopg.connect(self.url(name), autocommit=True) as connection:
            cursor = connection.execute(sql, values or None)
            return cursor.fetchall() if cursor.description else []

    def log(self):
        return (self._home / "log").read_text(errors="replace")

    def _pg_ctl(self, verb, *options):
        self._run(find_program("pg_ctl", "postgresql"), verb, "-w", "-t", "60", *options)

    def _run(self, *command):
        output = self._home.parent / "postgresql-commands.log"
        with output.open("ab") as log:
            command = [*map(str, command), "-D", str(self._data)]
            subprocess.run(command, check=True, cwd=self._home, stdout=log, stderr=log, **self._user)


class Redis:
    """A Redis server on a port of its own; the same port after each restart, and nothing kept."""

    def __init__(self, folder):
        self.port = free_port()
        self._folder = folder
        self._process = None

    def start(self):
        command = [find_program("redis-server", "redis-server"), "--port", str(self.port), "--bind", "127.0.0.1"]
        command += ["--save", "", "--appendonly", "no", "--dir", str(self._folder)]
        with (self._folder / "redis.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        until(self._answers, what="Redis answers")

    def is_running(self):
        return self._process is not None and self._process.poll() is None

    def kill(self):
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def url(self, port=None):
        return f"redis://127.0.0.1:{port or self.port}/0"

    def command(self, *words):
        with redis.Redis(port=self.port, socket_timeout=2) as client:
            return client.execute_command(*words)

    def pause(self, seconds):
        """Let every client wait, connections kept."""
        self.command("CLIENT", "PAUSE", int(seconds * 1000), "ALL")

    def fill(self):
        """From now on there is no memory for anything to be kept."""
        self.command("CONFIG", "SET", "maxmemory", 1)

    def bound_buffers(self):
        """From now on subscribers are cut off who are sent much at once."""
        self.command("CONFIG", "SET", "client-output-buffer-limit", "pubsub 8192 0 0")

    def free(self):
        """Neither of the two any more."""
        self.command("CONFIG", "SET", "maxmemory", 0, "client-output-buffer-limit", "pubsub 32mb 8mb 60")

    def has_logged(self, words):
        return words in (self._folder / "redis.log").read_text()

    def _answers(self):
        try:
            return self.command("PING")
        except redis.RedisError:
            return False
