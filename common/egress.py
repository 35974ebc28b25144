"""Requests to addresses that people wrote: never to this machine or its network, and never for long."""

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from urllib.parse import urljoin, urlsplit

TIMEOUT_SECONDS = 10
REDIRECTS = 3
ANSWER_BYTES = 64 * 1024
NAT64 = ipaddress.ip_network("64:ff9b::/96")
# What Python takes for global: IPv4 as IPv6 had it first, NAT64 of a network's own (RFC 8215), and sites' addresses.
NEVER_PUBLIC = [ipaddress.ip_network(block) for block in ("::/96", "64:ff9b:1::/48", "fec0::/10")]
REDIRECT_STATUSES = (307, 308)  # those after which a POST stays a POST


class Refused(OSError):
    """The address is none that may be asked."""


def is_public(address):
    """Whether an IP address is one of the open Internet, whatever it is wrapped in."""
    address = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        wrapped = address.ipv4_mapped or address.sixtofour or (address.teredo and address.teredo[1])
        if address in NAT64:
            wrapped = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if wrapped:
            return is_public(str(wrapped))
        if any(address in block for block in NEVER_PUBLIC):
            return False
    return address.is_global and not address.is_multicast


def anywhere(address):
    """For intranets, where the private addresses are those that are meant."""
    return True


def parts_of(url):
    """Host, port, path and whether by TLS; raises `Refused` for what is no plain web address."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise Refused("not an address") from None
    is_odd = not url.isascii() or any(character.isspace() or not character.isprintable() for character in url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None or is_odd:
        raise Refused("not an address")
    return (
        parts.hostname,
        port,
        (parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
        parts.scheme == "https",
    )


def addresses_of(host, port, may_ask):
    """What the name stands for now; raises `Refused` unless each of the addresses may be asked."""
    found = [row[4][0] for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not found or not all(map(may_ask, found)):
        raise Refused("not a public address")
    return found


def post(url, body, headers, may_ask=is_public):
    """Status and beginning of the answer to a POST; redirects are followed, each looked at as the first address was.

    Raises OSError or `http.client.HTTPException`. The name is looked up once and the connection goes to just that
    address: what the name stands for a moment later does not matter.
    """
    deadline = time.monotonic() + TIMEOUT_SECONDS
    for _hop in range(REDIRECTS + 1):
        status, text, location = _ask(url, body, headers, may_ask, deadline)
        if status not in REDIRECT_STATUSES or not location:
            return status, text
        url = urljoin(url, location)
    raise Refused("too many redirects")


def _ask(url, body, headers, may_ask, deadline):
    host, port, path, by_tls = parts_of(url)
    [address, *_others] = addresses_of(host, port, may_ask)
    line = socket.create_connection((address, port), timeout=_left(deadline))
    if by_tls:
        # First of all, for it takes the plain socket's place; the handshake waits until its time is limited.
        context = ssl.create_default_context()
        line = context.wrap_socket(line, server_hostname=host, do_handshake_on_connect=False)
    # Whatever the other side does, a byte a second or nothing at all: this ends it.
    end = threading.Timer(_left(deadline), _cut, [line])
    end.start()
    try:
        if isinstance(line, ssl.SSLSocket):
            line.do_handshake()
        connection = http.client.HTTPSConnection(host, port) if by_tls else http.client.HTTPConnection(host, port)
        connection.sock = line
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read(ANSWER_BYTES).decode(errors="replace"), answer.headers.get("Location")
    finally:
        end.cancel()
        line.close()


def _cut(line):
    with contextlib.suppress(OSError):
        # Not TLS's own: that would take its state away under the thread which reads.
        socket.socket.shutdown(line, socket.SHUT_RDWR)


def _left(deadline):
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("no time left")
    return left
