"""What a socket's opening request tells: where it comes from, whose it is, where it wants to be."""

from urllib.parse import parse_qs

from django.conf import settings
from django.http import parse_cookie
from django.http.request import split_domain_port, validate_host
from django.utils.translation import get_supported_language_variant
from django.utils.translation.trans_real import parse_accept_lang_header

VERSION_DIGITS = 18


def is_own_origin(scope):
    """Whether the request comes from a page of this very site; clients that are no browsers send no Origin.

    Compared whole, scheme and port included: a page of another port is another site.
    """
    host = header(scope, b"host")
    if not validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS):
        return False
    origin = header(scope, b"origin")
    scheme = "https" if settings.HTTPS else "http"
    return not origin or origin == f"{scheme}://{host}".lower() or origin in settings.CSRF_TRUSTED_ORIGINS


def session_key_of(scope):
    return cookie(scope, settings.SESSION_COOKIE_NAME)


def bearer_of(scope):
    """The secret of an `Authorization: Bearer …` header, or None."""
    scheme, _space, secret = header(scope, b"authorization").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else None


def language_of(scope):
    """The language chosen by cookie, else by the browser's wishes, else the site's."""
    wishes = [cookie(scope, settings.LANGUAGE_COOKIE_NAME) or ""]
    wishes += [code for code, _weight in parse_accept_lang_header(header(scope, b"accept-language"))]
    for code in wishes:
        try:
            return get_supported_language_variant(code)
        except LookupError:
            continue
    return settings.LANGUAGE_CODE


def place_of(scope):
    """`room_id`, `epoch` and `version` from the query; nonsense counts as not given."""
    query = parse_qs(scope["query_string"].decode("latin-1"))
    given = {name: values[0] for name, values in query.items()}
    return {
        "room_id": number(given.get("room", "")),
        "epoch": given.get("epoch", "")[:64],
        "version": number(given.get("version", "")) or 0,
    }


def number(text):
    return int(text) if text.isascii() and text.isdigit() and len(text) <= VERSION_DIGITS else None


def header(scope, wanted):
    """The header's text, lower-cased where names of hosts are meant is up to the caller; empty if it is not there."""
    for name, value in scope["headers"]:
        if name == wanted:
            return value.decode("latin-1")
    return ""


def cookie(scope, name):
    # Django's own reading, lenient with what other programs on this host may have set.
    return parse_cookie(header(scope, b"cookie")).get(name)
