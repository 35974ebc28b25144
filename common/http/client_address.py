"""Where a request comes from."""

import ipaddress
from functools import cache

from django.conf import settings

IPV6_BITS = 64  # of which one household has at least one network, and as many addresses in it as it likes


def address_of(request):
    """The client's address. A client writes X-Forwarded-For as it likes; only what our own proxy added last is true."""
    return told(request.META.get("REMOTE_ADDR") or "", request.META.get("HTTP_X_FORWARDED_FOR", ""))


def address_of_scope(scope):
    """The same before Django has made a request of it."""
    named = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
    return told((scope.get("client") or [""])[0], named[-1] if named else "")


def told(peer, forwarded):
    """The last address of the header, if the peer who sent it is our proxy; else the peer's own."""
    if settings.BEHIND_PROXY and is_proxy(peer):
        return forwarded.rpartition(",")[2].strip()[:64] or peer
    return peer


def is_proxy(peer):
    """Whether what this peer says of others is believed. A Unix socket, which is of this machine, has none."""
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return not peer
    return any(address in network for network in trusted(tuple(settings.TRUSTED_PROXIES)))


@cache
def trusted(networks):
    return [ipaddress.ip_network(network) for network in networks]


def network_of(request):
    """What strangers are counted by: the address, of IPv6 the network."""
    return network(address_of(request))


def network(address):
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or ipaddress.ip_network((int(found), IPV6_BITS), strict=False))
