"""HTTP connections of the production server, and the errors it answers without the application."""

import json
from http import HTTPStatus
from typing import Any

from twisted.web.http import HTTPChannel

from common.errors import CODES_BY_STATUS, ExpectedError
from common.http.security_headers import headers_for
from common.metrics.process import rest_errors

LINGER_SECONDS = 2


class ErrorChannel(HTTPChannel):
    """A connection that answers malformed and oversized requests with an error before it closes."""

    is_refused = False

    def refuse(self, status: int) -> None:
        """Answer with that status and close; below `/api/` with a JSON body. Idempotent."""
        if self.is_refused:
            return
        self.is_refused = True
        transport: Any = self.transport
        reactor: Any = self
        transport.write(error_response_bytes(status, self._path_so_far()))
        transport.loseWriteConnection()
        # Lingering close: a socket closed with unread data sends RST, and a client that still sends would lose the
        # response. So what arrives is read and dropped for a moment.
        self.dataReceived = self.lineReceived = self.rawDataReceived = discard  # type: ignore[method-assign]
        reactor.callLater(LINGER_SECONDS, transport.abortConnection)

    def _path_so_far(self) -> str:
        path: bytes = getattr(self, "_path", None) or (self.requests and self.requests[-1].path) or b""
        return path.decode("latin-1")

    def lineLengthExceeded(self, line: bytes) -> None:
        """Answer an oversized header or request line."""
        self.refuse(431)

    def _respondToBadRequestAndDisconnect(self) -> None:
        self.refuse(400)


def discard(data: bytes) -> None:
    """Ignore data."""


def error_response_bytes(status: int, path: str) -> bytes:
    """Return a complete HTTP response; its body is empty outside of the REST API."""
    headers = [(b"Connection", b"close"), *headers_for("")]
    body = b""
    if path.startswith("/api/") and status in CODES_BY_STATUS:
        error = ExpectedError(CODES_BY_STATUS[status])
        body = json.dumps(error.to_dict()).encode()
        headers.append((b"Content-Type", b"application/json"))
        rest_errors.add(error.code)
    headers.append((b"Content-Length", b"%d" % len(body)))
    lines = [
        b"HTTP/1.1 %d %s" % (status, HTTPStatus(status).phrase.encode()),
        *(b"%s: %s" % header for header in headers),
    ]
    return b"\r\n".join([*lines, b"", body])
