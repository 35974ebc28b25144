"""Client addresses of requests, behind a trusted proxy too."""

import ipaddress
from functools import cache

from django.conf import settings
from django.http import HttpRequest

from .asgi_types import Scope

IPV6_NETWORK_BITS = 64  # the smallest network that providers assign: one household has all its addresses
ADDRESS_CHARACTERS = 64


def address_of(request: HttpRequest) -> str:
    """Return the client's address of a Django request; empty for a Unix socket."""
    return _client_address(request.META.get("REMOTE_ADDR") or "", request.META.get("HTTP_X_FORWARDED_FOR", ""))


def address_of_scope(scope: Scope) -> str:
    """Return the client's address of an ASGI scope."""
    forwarded = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
    return _client_address((scope.get("client") or [""])[0], forwarded[-1] if forwarded else "")


def _client_address(peer: str, forwarded: str) -> str:
    """Return the last address of X-Forwarded-For if the peer is a trusted proxy, else the peer's.

    Clients can send any X-Forwarded-For: only the last entry, which our own proxy appends, is trustworthy.
    """
    if settings.BEHIND_PROXY and is_trusted_proxy(peer):
        return forwarded.rpartition(",")[2].strip()[:ADDRESS_CHARACTERS] or peer
    return peer


def is_trusted_proxy(peer: str) -> bool:
    """Return whether X-Forwarded-For of this peer is trusted; the peer of a Unix socket (no address) is local."""
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return not peer
    return any(address in network for network in _parsed_networks(tuple(settings.TRUSTED_PROXIES)))


@cache
def _parsed_networks(networks: tuple[str, ...]) -> "list[ipaddress.IPv4Network | ipaddress.IPv6Network]":
    return [ipaddress.ip_network(network) for network in networks]


def network_of(request: HttpRequest) -> str:
    """Return the network by which anonymous requests are counted; see `network`."""
    return network(address_of(request))


def network(address: str) -> str:
    """Return an IPv4 address itself, and the /64 network of an IPv6 address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or ipaddress.ip_network((int(parsed), IPV6_NETWORK_BITS), strict=False))
