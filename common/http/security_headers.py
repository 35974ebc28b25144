"""What every answer over HTTP tells browsers to keep to, whoever of us gives it: pages, files, streams, refusals."""

from django.conf import settings

NOTHING = b"default-src 'none'; frame-ancestors 'none'"
# What none of our pages asks for is not to be had in them by anybody.
NO_DEVICES = b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"
EVERYWHERE = [(b"x-content-type-options", b"nosniff")]
# Browsers ask this only of what they show as a page. Scripts and styles are none, and a page has seventy of them.
OF_DOCUMENTS = [
    (b"content-security-policy", NOTHING),
    (b"permissions-policy", NO_DEVICES),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
]


def guarded(application):
    """The ASGI application, with these headers where an answer does not say better itself."""

    async def guarding(scope, receive, send):
        if scope["type"] != "http":
            await application(scope, receive, send)
            return
        wanted = headers_for(scope["path"])

        async def send_guarded(event):
            if event["type"] == "http.response.start":
                given = list(event.get("headers", ()))
                names = {name.lower() for name, _value in given}
                event = {**event, "headers": [*given, *(header for header in wanted if header[0] not in names)]}
            await send(event)

        await application(scope, receive, send_guarded)

    return guarding


def headers_for(path):
    tls = [(b"strict-transport-security", b"max-age=%d" % settings.SECURE_HSTS_SECONDS)]
    wanted = EVERYWHERE + (tls if settings.SECURE_HSTS_SECONDS else [])
    is_part = path.startswith(settings.STATIC_URL) and path.endswith((".js", ".css"))
    return wanted if is_part else wanted + OF_DOCUMENTS
