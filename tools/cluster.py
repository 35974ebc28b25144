"""`make cluster`: a grown site on this machine, for as long as it runs: PostgreSQL, Redis, servers, Nginx with TLS."""

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.faults.instances import PostgresServer, RedisServer
from tests.services import free_port
from tests.waiting import until

from .front import Front

ROOT = Path(__file__).resolve().parent.parent
MANAGE = [sys.executable, str(ROOT / "manage.py")]
SERVERS = 3


class Host:
    """What runs on one host of a grown site: `manage.py serve --workers`."""

    def __init__(self, number, folder, environment, workers=1):
        self.port = free_port()
        self.log_path = folder / f"server-{number}.log"
        self._environment = environment
        self._command = [*MANAGE, "serve", "--port", str(self.port), "--workers", str(workers)]
        self.process = None

    def start(self):
        with self.log_path.open("ab") as log:
            options = {"stdout": log, "stderr": log, "env": self._environment, "start_new_session": True}
            self.process = subprocess.Popen(self._command, **options)

    def is_ready(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"A server ended:\n{self.log()}")
        return "is process" in self.log()

    def renew(self):
        """Replace its workers; returns at once."""
        self.process.send_signal(signal.SIGHUP)

    def log(self):
        return self.log_path.read_text(errors="replace")

    def end(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()


class Cluster:
    """Everything of a grown site, in `folder`. Use it in a `with`; further settings go to all servers."""

    def __init__(self, folder, servers=SERVERS, workers=1, **settings):
        self.folder = Path(folder)
        self.postgres, self.redis = PostgresServer(self.folder), RedisServer(self.folder)
        self._stack = contextlib.ExitStack()
        self._settings = {key: str(value) for key, value in settings.items()}
        self._shape = servers, workers

    def __enter__(self):
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *exc):
        self._stack.close()

    def _start(self):
        self.postgres.start()
        self._stack.callback(self.postgres.stop)
        self.redis.start()
        self._stack.callback(self.redis.kill)
        servers, workers = self._shape
        self.environment = self._environment()
        self.hosts = [Host(number + 1, self.folder, self.environment, workers) for number in range(servers)]
        self.front = Front(self.folder, [host.port for host in self.hosts])
        self.environment["CSRF_TRUSTED_ORIGINS"] = self.front.url
        self.manage("migrate", "--verbosity", "0")
        for host in self.hosts:
            host.start()
            self._stack.callback(host.process.wait)
            self._stack.callback(host.end)
        for host in self.hosts:
            until(host.is_ready, seconds=120, what="a server is ready")
        self.front.start()
        self._stack.callback(self.front.end)

    def _environment(self):
        """As docs/operating.md has it for many hosts."""
        settings = {
            "ENV_FILE": str(self.folder / "no.env"),
            "SECRET_KEY": secrets.token_urlsafe(50),
            "DATABASE_URL": self.postgres.url("postgres"),
            "REDIS_URL": self.redis.url(),
            "DOMAIN": "localhost",
            "HTTPS": "1",
            "BEHIND_PROXY": "1",
            "DEBUG": "0",
        }
        return os.environ | settings | self._settings

    def manage(self, *words):
        subprocess.run([*MANAGE, *words], env=self.environment, check=True)


def main():
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt), tempfile.TemporaryDirectory(prefix="tertulia-cluster-") as name:
        Path(name).chmod(0o711)  # PostgreSQL, as another user, passes through to its own folder
        with Cluster(name) as cluster:
            cluster.manage("demo", "--yes")
            print(f"\n{len(cluster.hosts)} servers are at {cluster.front.url}, which a browser warns of: the", end=" ")
            print("certificate is its own.\n")
            for host in cluster.hosts:
                print(f"  one alone: http://127.0.0.1:{host.port}   kill -HUP {host.process.pid} replaces its workers")
            print(f"  logs: {name}/*.log\n\nCtrl-C ends it all.", flush=True)
            signal.pause()


if __name__ == "__main__":
    main()
