"""A connection over HTTP, and what it is answered where a request does not come to the application."""

import json
from http import HTTPStatus
from typing import Any

from twisted.web.http import HTTPChannel

from common.errors import ExpectedError
from common.http.security_headers import headers_for
from common.metrics.process import rest_errors

LINGER_SECONDS = 2
CODES = {400: "bad_request", 413: "too_large"}  # of REST


class Channel(HTTPChannel):
    """Says why before it hangs up on what is no request, or too long."""

    is_refused = False

    def refuse(self, status):
        """Answer with that status and nothing else any more; below `/api/` as every call there is answered."""
        if self.is_refused:
            return
        self.is_refused = True
        transport: Any = self.transport
        transport.write(refusal(status, self._asked()))
        transport.loseWriteConnection()
        # What still comes is read for a moment and thrown away: a line closed over unread data is reset, and the
        # client, which is still sending, would never see the answer.
        self.dataReceived = self.lineReceived = self.rawDataReceived = ignore  # type: ignore[method-assign]
        self.callLater(LINGER_SECONDS, transport.abortConnection)

    def _asked(self):
        """The path, as far as it is known."""
        path = getattr(self, "_path", None) or (self.requests and self.requests[-1].path) or b""
        return path.decode("latin-1")

    def lineLengthExceeded(self, line):
        self.refuse(431)

    def _respondToBadRequestAndDisconnect(self):
        self.refuse(400)


def ignore(data):
    pass


def refusal(status, path):
    """A whole answer, in bytes; without a body where nobody has promised one."""
    headers = [(b"Connection", b"close"), *headers_for("")]
    body = b""
    if path.startswith("/api/") and status in CODES:
        error = ExpectedError(CODES[status])
        body = json.dumps({"error": {"code": error.code, "message": error.text}}).encode()
        headers.append((b"Content-Type", b"application/json"))
        rest_errors.add(error.code)
    headers.append((b"Content-Length", b"%d" % len(body)))
    lines = [
        b"HTTP/1.1 %d %s" % (status, HTTPStatus(status).phrase.encode()),
        *(b"%s: %s" % header for header in headers),
    ]
    return b"\r\n".join([*lines, b"", body])
