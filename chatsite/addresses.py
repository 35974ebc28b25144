"""Where a request comes from."""

import ipaddress

from django.conf import settings

IPV6_BITS = 64  # of which one household has at least one network, and as many addresses in it as it likes


def address_of(request):
    """The client's address. A client writes X-Forwarded-For as it likes; only what our own proxy added last is true."""
    if settings.BEHIND_PROXY:
        forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
        if forwarded:
            return forwarded[:64]
    return request.META.get("REMOTE_ADDR") or ""


def address_of_scope(scope):
    """The same before Django has made a request of it."""
    forwarded = ""
    if settings.BEHIND_PROXY:
        named = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
        forwarded = named[-1].decode("latin-1").rpartition(",")[2].strip() if named else ""
    return forwarded[:64] or (scope.get("client") or [""])[0]


def network_of(request):
    """What strangers are counted by: the address, of IPv6 the network."""
    address = address_of(request)
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or ipaddress.ip_network((int(found), IPV6_BITS), strict=False))
