"""`manage.py serve`: the production server."""

import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import Mapping
from typing import Any, NoReturn

from daphne.endpoints import build_endpoint_description_strings
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from chatsite import health
from chatsite.asgi import application
from chatsite.server.asgi_server import ASGIServer, reactor
from chatsite.server.supervisor import WAITING_CONNECTIONS
from common.metrics import workers as worker_metrics
from rooms.hub import process

MANAGE = settings.BASE_DIR / "manage.py"


class Command(BaseCommand):
    @property
    def help(self) -> str:  # type: ignore[override] # translated on each call
        return _("Serves the site, pages and chat, until it is told to stop (SIGTERM or Ctrl-C).")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        workers = _("so many processes on one port; SIGHUP replaces them one by one, and one that dies is replaced")
        parser.add_argument("--workers", type=int, help=workers)
        parser.add_argument("--fd", type=int, help=_("a listening socket, opened by the parent process"))
        parser.add_argument("--number", type=int, default=1, help=_("which of the workers this is"))
        parser.add_argument(
            "--parent", type=int, help=_("a socket to the parent process: the worker stops when it is closed")
        )
        parser.add_argument(
            "--peers", dest="folder", help=_("a folder where the workers find each other, to sum their metrics")
        )

    def handle(
        self,
        *,
        host: str,
        port: int,
        workers: int | None,
        fd: int | None,
        number: int,
        parent: int | None,
        folder: str | None,
        **options: Any,
    ) -> None:
        if workers is not None:
            become_supervisor(host, port, workers)
        ready = None if parent is None else SupervisorSocket(parent, folder, number).report_ready
        server = ASGIServer(
            application,
            endpoints({"host": host, "port": port} if fd is None else {"file_descriptor": fd}),
            body_bytes=settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
            # Twice the limit of a frame: one between the two is answered with an error, a larger one closes the socket.
            message_bytes=2 * settings.CHAT_FRAME_BYTES,
            drain=drain,
            leave=process.close,
            ready=ready,
        )
        server.run()
        if server.abort_start:
            raise CommandError(_("Cannot listen there; the log says why."))


def endpoints(address: Mapping[str, str | int]) -> list[str]:
    """Twisted's endpoint descriptions of `host` and `port`, with our backlog, or of a `file_descriptor`."""
    found = build_endpoint_description_strings(**address)
    return [f"{one}:backlog={WAITING_CONNECTIONS}" if one.startswith("tcp:") else one for one in found]


async def drain() -> None:
    """Report not ready, and close all clients' sockets."""
    health.start_draining()
    await process.drain()


def become_supervisor(host: str, port: int, workers: int) -> NoReturn:
    """Replace this process by the supervisor of so many worker processes."""
    if workers < 1:
        raise CommandError(_("At least one worker is needed."))
    if workers > 1 and not supports_workers():
        raise CommandError(
            _(
                "More than one worker needs PostgreSQL and Redis (DATABASE_URL, REDIS_URL): SQLite serves one process, "
                "and Redis carries messages between processes."
            )
        )
    command = [sys.executable, "-m", "chatsite.server.supervisor", "--host", host, "--port", str(port)]
    command += ["--workers", str(workers), "--log-format", settings.LOG_FORMAT]
    # By PYTHONPATH and not by changing the folder: a relative path of the database depends on that.
    paths = [str(settings.BASE_DIR), *filter(None, [os.environ.get("PYTHONPATH")])]
    os.environ["PYTHONPATH"] = os.pathsep.join(paths)
    os.execv(sys.executable, [*command, "--", sys.executable, str(MANAGE), "serve"])  # noqa: S606, no shell is wanted


def supports_workers() -> bool:
    """Whether several processes can serve this site."""
    return bool(settings.REDIS_URL) and settings.DATABASES["default"]["ENGINE"] != "django.db.backends.sqlite3"


class SupervisorSocket:
    """The socket to the supervisor: reports readiness, and stops this worker when the supervisor is gone."""

    def __init__(self, fd: int, folder: str | None, number: int) -> None:
        self._socket = socket.socket(fileno=fd)
        self._folder = folder
        self._number = number
        self._joining: asyncio.Future[None] | None = None

    def report_ready(self) -> None:
        """Join the other workers' metrics, and write one byte. Called when the reactor runs."""
        if self._folder:
            self._joining = asyncio.ensure_future(worker_metrics.join(self._folder, self._number))
        self._socket.setblocking(False)
        self._socket.send(b"!")
        reactor._asyncioEventloop.add_reader(self._socket, self._on_readable)

    def _on_readable(self) -> None:
        with contextlib.suppress(BlockingIOError):
            if not self._socket.recv(1):
                reactor._asyncioEventloop.remove_reader(self._socket)
                reactor.stop()
