"""Security headers of every HTTP response: pages, static files, event streams and errors."""

from django.conf import settings

from .asgi_types import Application, Event, Receive, Scope, Send

Headers = list[tuple[bytes, bytes]]

DENY_ALL = b"default-src 'none'; frame-ancestors 'none'"
# No page of ours uses these: injected scripts cannot either.
NO_DEVICES = b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"
ALL_HEADERS: Headers = [(b"x-content-type-options", b"nosniff")]
# Browsers apply these to documents only; a page loads some seventy scripts and style sheets.
DOCUMENT_HEADERS: Headers = [
    (b"content-security-policy", DENY_ALL),
    (b"permissions-policy", NO_DEVICES),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
]


def security_headers_middleware(application: Application) -> Application:
    """Wrap an ASGI application: add the security headers that a response does not set itself."""

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await application(scope, receive, send)
            return
        defaults = headers_for(scope["path"])

        async def send_with_headers(event: Event) -> None:
            if event["type"] == "http.response.start":
                headers = list(event.get("headers", ()))
                names = {name.lower() for name, _value in headers}
                event = {**event, "headers": [*headers, *(header for header in defaults if header[0] not in names)]}
            await send(event)

        await application(scope, receive, send_with_headers)

    return handle


def headers_for(path: str) -> Headers:
    """Return the default security headers of a response at that path."""
    hsts = [(b"strict-transport-security", b"max-age=%d" % settings.SECURE_HSTS_SECONDS)]
    headers = ALL_HEADERS + (hsts if settings.SECURE_HSTS_SECONDS else [])
    is_subresource = path.startswith(settings.STATIC_URL) and path.endswith((".js", ".css"))
    return headers if is_subresource else headers + DOCUMENT_HEADERS
