"""The ASGI application: HTTP requests, WebSockets and event streams, with their middleware."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")

import django

django.setup(set_prefix=False)  # loads the apps, which the imports below need

from channels.routing import ProtocolTypeRouter  # noqa: E402

from chatsite.server.gc_freeze import freeze_loaded_objects  # noqa: E402
from common.http.access_log import access_log_middleware  # noqa: E402
from common.http.admission import admission_middleware, request_admission  # noqa: E402
from common.http.asgi_handler import AcyclicASGIHandler  # noqa: E402
from common.http.asgi_types import Receive, Scope, Send  # noqa: E402
from common.http.security_headers import security_headers_middleware  # noqa: E402
from rooms.hub import gauges  # noqa: E402
from rooms.hub.process import hub  # noqa: E402
from rooms.urls import over_http, sockets  # noqa: E402

django_application = AcyclicASGIHandler()


async def http_application(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one request by Django; the first REST call starts the hub, through which its messages go."""
    if scope["path"].startswith("/api/"):
        hub()
    await django_application(scope, receive, send)


gauges.register_gauges()
http = over_http(admission_middleware(http_application, request_admission))
application = access_log_middleware(
    security_headers_middleware(ProtocolTypeRouter({"http": http, "websocket": sockets}))
)
freeze_loaded_objects()
