"""Reading a connection's opening request: its origin, session, language and the room it asks for."""

from typing import Any, TypedDict
from urllib.parse import parse_qs

from django.conf import settings
from django.http import parse_cookie
from django.http.request import split_domain_port, validate_host
from django.utils.translation import get_supported_language_variant
from django.utils.translation.trans_real import parse_accept_lang_header

VERSION_DIGITS = 18

Scope = dict[str, Any]


class RequestedRoom(TypedDict):
    """The room a client asks for, and what it holds of its log."""

    room_id: int | None
    epoch: str
    version: int


def is_own_origin(scope: Scope) -> bool:
    """Whether the request comes from a page of this site; clients other than browsers send no Origin.

    Compared with scheme and port: a page of another port is another site.
    """
    host = header(scope, b"host")
    if not validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS):
        return False
    origin = header(scope, b"origin")
    scheme = "https" if settings.HTTPS else "http"
    return not origin or origin == f"{scheme}://{host}".lower() or origin in settings.CSRF_TRUSTED_ORIGINS


def session_key_of(scope: Scope) -> str | None:
    """The key of the session cookie, or None."""
    return cookie(scope, settings.SESSION_COOKIE_NAME)


def bearer_of(scope: Scope) -> str | None:
    """The secret of an `Authorization: Bearer …` header, or None."""
    scheme, _space, secret = header(scope, b"authorization").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else None


def language_of(scope: Scope) -> str:
    """The language of the cookie, else of the Accept-Language header, else the site's."""
    wanted_codes = [cookie(scope, settings.LANGUAGE_COOKIE_NAME) or ""]
    wanted_codes += [code for code, _weight in parse_accept_lang_header(header(scope, b"accept-language"))]
    for code in wanted_codes:
        try:
            return get_supported_language_variant(code)
        except LookupError:
            continue
    default: str = settings.LANGUAGE_CODE
    return default


def place_of(scope: Scope) -> RequestedRoom:
    """`room_id`, `epoch` and `version` of the query; malformed values count as not given."""
    query = parse_qs(scope["query_string"].decode("latin-1"))
    given = {name: values[0] for name, values in query.items()}
    return {
        "room_id": number(given.get("room", "")),
        "epoch": given.get("epoch", "")[:64],
        "version": number(given.get("version", "")) or 0,
    }


def number(text: str) -> int | None:
    """A number in digits, or None."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= VERSION_DIGITS else None


def header(scope: Scope, wanted: bytes) -> str:
    """The text of a header; empty if it is missing."""
    for name, value in scope["headers"]:
        if name == wanted:
            text: str = value.decode("latin-1")
            return text
    return ""


def cookie(scope: Scope, name: str) -> str | None:
    """The value of a cookie, parsed as leniently as Django does: other programs on this host may set some, too."""
    return parse_cookie(header(scope, b"cookie")).get(name)
