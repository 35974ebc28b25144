"""One line of the log, and one more in the figures, for each request."""

import logging
import time

from django.conf import settings

from common.metrics.process import request_seconds, requests

from .client_address import address_of_scope

log = logging.getLogger(__name__)

SHOWN_CHARACTERS = 19
SHOWN_PATH = 200
NEVER_ANSWERED = 499  # as Nginx calls it: the client went first


def noted(application):
    """The ASGI application, with its HTTP requests noted when they end."""

    async def noting(scope, receive, send):
        if scope["type"] != "http":
            await application(scope, receive, send)
            return
        began, status = time.perf_counter(), NEVER_ANSWERED

        async def note_status(event):
            nonlocal status
            if event["type"] == "http.response.start":
                status = event["status"]
            await send(event)

        try:
            await application(scope, receive, note_status)
        except Exception:
            status = 500
            raise
        finally:
            note(scope, status, time.perf_counter() - began)

    return noting


def note(scope, status, seconds):
    requests.add(status)
    request_seconds.note(seconds)
    fields = {"method": scope["method"], "path": shown(scope["path"]), "status": status}
    fields |= {"seconds": round(seconds, 4), "address": address_of_scope(scope)}
    log.info("request", extra={"fields": fields})


def shown(path):
    """Without the query, and without what may be a secret: names of streams and webhooks are long, ours are short."""
    if path.startswith(settings.STATIC_URL):
        return path[:SHOWN_PATH]
    if not path.startswith("/"):
        return "…"  # a whole address, perhaps with a password in it
    parts = [part if len(part) <= SHOWN_CHARACTERS else "…" for part in path.split("/")]
    return "/".join(parts)[:SHOWN_PATH]  # no sooner, or a secret would end as a short word
