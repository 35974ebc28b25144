"""HTTP requests to URLs that users supply: protected against SSRF, and bounded in time and size."""

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

TIMEOUT_SECONDS = 10
MAX_REDIRECTS = 3
RESPONSE_BYTES = 64 * 1024
NAT64 = ipaddress.ip_network("64:ff9b::/96")
# Ranges that Python counts as global: deprecated IPv4-compatible addresses, local-use NAT64 (RFC 8215), site-local.
NEVER_PUBLIC = [ipaddress.ip_network(block) for block in ("::/96", "64:ff9b:1::/48", "fec0::/10")]
REDIRECT_STATUSES = (307, 308)  # these keep the method POST

AddressFilter = Callable[[str], bool]


class AddressRefused(OSError):
    """The URL is malformed, or leads to an address that requests may not go to."""


class Target(NamedTuple):
    """Parts of a URL that a request needs."""

    host: str
    port: int
    path: str
    tls: bool


def is_public(address: str) -> bool:
    """Return whether an IP address is a public one, and any IPv4 address embedded in it too."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address):
        embedded = parsed.ipv4_mapped or parsed.sixtofour or (parsed.teredo and parsed.teredo[1])
        if parsed in NAT64:
            embedded = ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)
        if embedded:
            return is_public(str(embedded))
        if any(parsed in block for block in NEVER_PUBLIC):
            return False
    return parsed.is_global and not parsed.is_multicast


def allow_any(address: str) -> bool:
    """Allow every address: for intranets, whose receivers have private ones."""
    return True


def parse_url(url: str) -> Target:
    """Return the parts of an http or https URL; raises `AddressRefused`."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise AddressRefused("not an address") from None
    is_odd = not url.isascii() or any(character.isspace() or not character.isprintable() for character in url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None or is_odd:
        raise AddressRefused("not an address")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.hostname, port, path, parts.scheme == "https")


def resolve(host: str, port: int, is_allowed: AddressFilter) -> list[str]:
    """Return the IP addresses of a host; raises `AddressRefused` unless all of them are allowed."""
    addresses = [str(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not addresses or not all(map(is_allowed, addresses)):
        raise AddressRefused("not a public address")
    return addresses


def post(url: str, body: bytes, headers: Mapping[str, str], is_allowed: AddressFilter = is_public) -> tuple[int, str]:
    """POST, following redirects with the same checks; return the status and the start of the response's text.

    Raises OSError or `http.client.HTTPException`. Against DNS rebinding, the name is resolved once and the connection
    goes to the address that was checked.
    """
    deadline = time.monotonic() + TIMEOUT_SECONDS
    for _hop in range(MAX_REDIRECTS + 1):
        status, text, location = _post_once(url, body, headers, is_allowed, deadline)
        if status not in REDIRECT_STATUSES or not location:
            return status, text
        url = urljoin(url, location)
    raise AddressRefused("too many redirects")


def _post_once(
    url: str, body: bytes, headers: Mapping[str, str], is_allowed: AddressFilter, deadline: float
) -> tuple[int, str, str | None]:
    target = parse_url(url)
    [address, *_others] = resolve(target.host, target.port, is_allowed)
    connected = socket.create_connection((address, target.port), timeout=_seconds_left(deadline))
    if target.tls:
        # The wrapper replaces the plain socket, so it comes before the timer that shuts the socket down; the handshake
        # comes after it.
        context = ssl.create_default_context()
        connected = context.wrap_socket(connected, server_hostname=target.host, do_handshake_on_connect=False)
    # A socket timeout bounds each read, not all of them: against a server that sends a byte a second.
    cutoff = threading.Timer(_seconds_left(deadline), _shut_down, [connected])
    cutoff.start()
    try:
        if isinstance(connected, ssl.SSLSocket):
            connected.do_handshake()
        connection_class = http.client.HTTPSConnection if target.tls else http.client.HTTPConnection
        connection = connection_class(target.host, target.port)
        connection.sock = connected
        connection.request("POST", target.path, body, dict(headers))
        response = connection.getresponse()
        text = response.read(RESPONSE_BYTES).decode(errors="replace")
        return response.status, text, response.headers.get("Location")
    finally:
        cutoff.cancel()
        connected.close()


def _shut_down(connected: socket.socket) -> None:
    with contextlib.suppress(OSError):
        # The plain socket's method: SSLSocket's would free the TLS state while another thread reads.
        socket.socket.shutdown(connected, socket.SHUT_RDWR)


def _seconds_left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("no time left")
    return left
