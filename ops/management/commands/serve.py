"""`manage.py serve`: the production server."""

import asyncio
import contextlib
import os
import socket
import sys

from daphne.endpoints import build_endpoint_description_strings
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from chatsite import health
from chatsite.asgi import application
from chatsite.server.asgi_server import Server, reactor
from chatsite.server.supervisor import WAITING_CONNECTIONS
from common.metrics import workers as peers
from rooms.hub import process

MANAGE = settings.BASE_DIR / "manage.py"


class Command(BaseCommand):
    @property
    def help(self):  # type: ignore[override]
        return _("Serves the site, pages and chat, until it is told to stop (SIGTERM or Ctrl-C).")

    def add_arguments(self, parser):
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        workers = _("so many processes on one port; SIGHUP replaces them one by one, and one that dies is replaced")
        parser.add_argument("--workers", type=int, help=workers)
        parser.add_argument("--fd", type=int, help=_("a listening socket, opened by whoever starts this process"))
        parser.add_argument("--number", type=int, default=1, help=_("which of the workers this is"))
        parser.add_argument("--parent", type=int, help=_("a socket to whoever started it: its end is the end here"))
        parser.add_argument(
            "--peers", dest="folder", help=_("a folder where the workers find each other, to add up what they count")
        )

    def handle(self, *, host, port, workers, fd, number, parent, folder, **options):
        if workers is not None:
            become_parent(host, port, workers)
        server = Server(
            application,
            endpoints(**({"host": host, "port": port} if fd is None else {"file_descriptor": fd})),
            body_bytes=settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
            message_bytes=2 * settings.CHAT_FRAME_BYTES,  # up to there a frame is answered, beyond it cut off
            drain=drain,
            leave=process.close,
            ready=lambda: parent is None or report_to(parent, folder, number),
        )
        server.run()
        if server.abort_start:
            raise CommandError(_("Cannot listen there; the log says why."))


def endpoints(**place):
    found = build_endpoint_description_strings(**place)
    return [f"{one}:backlog={WAITING_CONNECTIONS}" if one.startswith("tcp:") else one for one in found]


async def drain():
    health.end()
    await process.drain()


# --- Several


def become_parent(host, port, workers):
    """Replace this process by a small one that starts the servers."""
    if workers < 1:
        raise CommandError(_("At least one worker is needed."))
    if workers > 1 and not may_be_many():
        raise CommandError(
            _(
                "More than one worker needs PostgreSQL and Redis (DATABASE_URL, REDIS_URL): SQLite serves one process, "
                "and by Redis the processes tell each other what was said."
            )
        )
    command = [sys.executable, "-m", "chatsite.server.supervisor", "--host", host, "--port", str(port)]
    command += ["--workers", str(workers), "--log-format", settings.LOG_FORMAT]
    # Found wherever this was called from; the folder one is in stays, for a database may be named from there.
    paths = [str(settings.BASE_DIR), *filter(None, [os.environ.get("PYTHONPATH")])]
    os.environ["PYTHONPATH"] = os.pathsep.join(paths)
    os.execv(sys.executable, [*command, "--", sys.executable, str(MANAGE), "serve"])  # noqa: S606, no shell is wanted


def may_be_many():
    return settings.REDIS_URL and settings.DATABASES["default"]["ENGINE"] != "django.db.backends.sqlite3"


def report_to(parent, folder, number):
    """Tell the parent that all is ready, and end when it is gone: nobody else would."""
    if folder:
        asyncio.ensure_future(peers.join(folder, number))
    line = socket.socket(fileno=parent)
    line.setblocking(False)
    line.send(b"!")

    def hear():
        with contextlib.suppress(BlockingIOError):
            if not line.recv(1):
                reactor._asyncioEventloop.remove_reader(line)
                reactor.stop()

    reactor._asyncioEventloop.add_reader(line, hear)
