"""`manage.py serve`: the production server."""

from daphne.endpoints import build_endpoint_description_strings
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext_lazy as _

from chatsite import health
from chatsite.asgi import application
from chatsite.server import Server
from rooms.live import hub

# After a cut everybody comes back at once; more than Twisted's 50 would have to knock again, a second later and more.
WAITING_CONNECTIONS = 1024


class Command(BaseCommand):
    help = _("Serves the site, pages and chat, until it is told to stop (SIGTERM or Ctrl-C).")  # type: ignore[assignment]

    def add_arguments(self, parser):
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--fd", type=int, help=_("a listening socket, opened by whoever starts this process"))

    def handle(self, *, host, port, fd, **options):
        place = {"host": host, "port": port} if fd is None else {"file_descriptor": fd}
        server = Server(
            application,
            endpoints(**place),
            body_bytes=settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
            message_bytes=2 * settings.CHAT_FRAME_BYTES,  # up to there a frame is answered, beyond it cut off
            drain=drain,
            leave=hub.leave,
        )
        server.run()
        if server.abort_start:
            raise CommandError(_("Cannot listen there; the log says why."))


def endpoints(**place):
    found = build_endpoint_description_strings(**place)
    return [f"{one}:backlog={WAITING_CONNECTIONS}" if one.startswith("tcp:") else one for one in found]


async def drain():
    health.end()
    await hub.drain()
