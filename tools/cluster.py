"""`make cluster`: a multi-server site on this machine while it runs: PostgreSQL, Redis, servers, and Nginx with TLS."""

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType

from tests.faults.instances import PostgresServer, RedisServer
from tests.services import free_port
from tests.waiting import until

from .nginx_proxy import NginxProxy

ROOT = Path(__file__).resolve().parent.parent
MANAGE = [sys.executable, str(ROOT / "manage.py")]
SERVERS = 3


class ServerHost:
    """The servers of one host: `manage.py serve --workers`."""

    def __init__(self, number: int, folder: Path, environment: dict[str, str], workers: int = 1) -> None:
        self.port = free_port()
        self.log_path = folder / f"server-{number}.log"
        self._environment = environment
        self._command = [*MANAGE, "serve", "--port", str(self.port), "--workers", str(workers)]
        self.process: subprocess.Popen[bytes]

    def start(self) -> None:
        """Start the supervisor."""
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                self._command, stdout=log, stderr=log, env=self._environment, start_new_session=True
            )

    def is_ready(self) -> bool:
        """Return whether a worker listens; raises RuntimeError if the supervisor has exited."""
        if self.process.poll() is not None:
            raise RuntimeError(f"A server ended:\n{self.log()}")
        return "is process" in self.log()

    def reload(self) -> None:
        """Start to replace the workers, and return at once."""
        self.process.send_signal(signal.SIGHUP)

    def log(self) -> str:
        """Return the servers' log."""
        return self.log_path.read_text(errors="replace")

    def stop(self) -> None:
        """Send SIGTERM."""
        if self.process.poll() is None:
            self.process.terminate()


class Cluster:
    """A context manager that runs a whole site with its data in `folder`; `settings` are for all servers."""

    def __init__(self, folder: str | Path, servers: int = SERVERS, workers: int = 1, **settings: object) -> None:
        self.folder = Path(folder)
        self.postgres, self.redis = PostgresServer(self.folder), RedisServer(self.folder)
        self._stack = contextlib.ExitStack()
        self._settings = {key: str(value) for key, value in settings.items()}
        self._servers, self._workers = servers, workers

    def __enter__(self) -> "Cluster":
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stack.close()

    def _start(self) -> None:
        self.postgres.start()
        self._stack.callback(self.postgres.stop)
        self.redis.start()
        self._stack.callback(self.redis.kill)
        self.environment = self._environment()
        self.hosts = [
            ServerHost(number + 1, self.folder, self.environment, self._workers) for number in range(self._servers)
        ]
        self.front = NginxProxy(self.folder, [host.port for host in self.hosts])
        self.environment["CSRF_TRUSTED_ORIGINS"] = self.front.url
        self.manage("migrate", "--verbosity", "0")
        for host in self.hosts:
            host.start()
            self._stack.callback(host.process.wait)
            self._stack.callback(host.stop)
        for host in self.hosts:
            until(host.is_ready, seconds=120, what="a server is ready")
        self.front.start()
        self._stack.callback(self.front.stop)

    def _environment(self) -> dict[str, str]:
        """Return the environment that docs/operating.md has for several hosts."""
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

    def manage(self, *arguments: str) -> None:
        """Run `manage.py`; raises CalledProcessError."""
        subprocess.run([*MANAGE, *arguments], env=self.environment, check=True)


def main() -> None:
    """Run a cluster until Ctrl-C or SIGTERM."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt), tempfile.TemporaryDirectory(prefix="tertulia-cluster-") as name:
        Path(name).chmod(0o711)  # PostgreSQL runs as another user, and must reach its folder
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
