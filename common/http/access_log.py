"""Access log and request metrics of all HTTP requests."""

import logging
import time

from django.conf import settings

from common.metrics.process import request_seconds, requests

from .asgi_types import Application, Event, Receive, Scope, Send
from .client_address import address_of_scope

log = logging.getLogger(__name__)

SEGMENT_CHARACTERS = 19
PATH_CHARACTERS = 200
CLIENT_CLOSED_REQUEST = 499  # Nginx's status for a client that disconnects before the response


def access_log_middleware(application: Application) -> Application:
    """Wrap an ASGI application: log and count each HTTP request when it ends."""

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await application(scope, receive, send)
            return
        began, status = time.perf_counter(), CLIENT_CLOSED_REQUEST

        async def send_and_keep_status(event: Event) -> None:
            nonlocal status
            if event["type"] == "http.response.start":
                status = event["status"]
            await send(event)

        try:
            await application(scope, receive, send_and_keep_status)
        except Exception:
            status = 500
            raise
        finally:
            log_request(scope, status, time.perf_counter() - began)

    return handle


def log_request(scope: Scope, status: int, seconds: float) -> None:
    """Write one log record and count the request."""
    requests.add(status)
    request_seconds.observe(seconds)
    fields = {"method": scope["method"], "path": redacted_path(scope["path"]), "status": status}
    fields |= {"seconds": round(seconds, 4), "address": address_of_scope(scope)}
    log.info("request", extra={"fields": fields})


def redacted_path(path: str) -> str:
    """Return the path with long segments replaced by `…`.

    The names of event streams and webhooks are secrets; they are longer than any other segment.
    """
    if path.startswith(settings.STATIC_URL):
        return path[:PATH_CHARACTERS]
    if not path.startswith("/"):
        return "…"  # a request line may hold a full URL with a password
    parts = [part if len(part) <= SEGMENT_CHARACTERS else "…" for part in path.split("/")]
    return "/".join(parts)[:PATH_CHARACTERS]  # truncated last: the start of a secret could pass as a short segment
