"""The ASGI application: pages over HTTP, the chat over WebSockets, or over HTTP too."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")

import django

django.setup(set_prefix=False)  # loads the apps, which the imports below need

from channels.routing import ProtocolTypeRouter  # noqa: E402

from chatsite.server.gc_freeze import keep_what_is_there  # noqa: E402
from common.http.access_log import noted  # noqa: E402
from common.http.admission import by_turns, turns  # noqa: E402
from common.http.asgi_handler import Pages  # noqa: E402
from common.http.security_headers import guarded  # noqa: E402
from rooms.hub import gauges  # noqa: E402
from rooms.hub.process import hub  # noqa: E402
from rooms.urls import over_http, sockets  # noqa: E402

pages = Pages()


async def requests(scope, receive, send):
    """What programs say goes by the hub too, so their first call begins it if no socket has done so."""
    if scope["path"].startswith("/api/"):
        hub()
    await pages(scope, receive, send)


gauges.register_gauges()
application = noted(guarded(ProtocolTypeRouter({"http": over_http(by_turns(requests, turns)), "websocket": sockets})))
keep_what_is_there()
