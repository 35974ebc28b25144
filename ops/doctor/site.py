"""Checks of the settings of a public site."""

import platform
from collections.abc import Iterator

import django
from django.conf import settings
from django.utils.translation import gettext as _

from common.version import VERSION

from .finding import Finding, fault, ok, warning

SECRET_CHARACTERS, DIFFERENT_CHARACTERS = 50, 5  # as Django's own check (security.W009)
LOOPBACK = {"localhost", "127.0.0.1", "[::1]"}


def check_settings() -> Iterator[Finding]:
    sentence = _("Tertulia %(own)s, Django %(django)s, Python %(python)s")
    versions = {"own": VERSION, "django": django.__version__, "python": platform.python_version()}
    yield ok(sentence % versions)
    yield check_secret_key()
    yield check_debug()
    yield check_allowed_hosts()
    yield check_https()


def check_secret_key() -> Finding:
    if len(settings.SECRET_KEY) >= SECRET_CHARACTERS and len(set(settings.SECRET_KEY)) >= DIFFERENT_CHARACTERS:
        return ok(_("SECRET_KEY is long enough"))
    cure = _("Put %(count)s random characters into .env. Everybody has to sign in again then.")
    return fault(_("SECRET_KEY could be guessed: it signs the sessions"), cure % {"count": SECRET_CHARACTERS})


def check_debug() -> Finding:
    if settings.DEBUG:
        return fault(_("DEBUG is on: pages of errors show strangers what is inside"), _("Take DEBUG=1 out of .env."))
    return ok(_("DEBUG is off"))


def check_allowed_hosts() -> Finding:
    names = ", ".join(settings.ALLOWED_HOSTS)
    if "*" in settings.ALLOWED_HOSTS:
        what = _("ALLOWED_HOSTS lets any name in, forged ones too")
        return fault(what, _("Name the addresses of the site, or set DOMAIN."))
    if set(settings.ALLOWED_HOSTS) <= LOOPBACK:
        what = _("Only this machine can reach the site (ALLOWED_HOSTS)")
        return warning(what, _("For others, set DOMAIN=chat.example.org behind a proxy, or name addresses."))
    return ok(_("The site answers to %(names)s") % {"names": names})


def check_https() -> Finding:
    if settings.HTTPS and not settings.BEHIND_PROXY:
        what = _("HTTPS is on, but the proxy that speaks it is not believed: all visitors look like one")
        return warning(what, _("Set BEHIND_PROXY=1 if nobody reaches the server past the proxy."))
    if settings.HTTPS:
        return ok(_("Cookies travel over HTTPS only"))
    if set(settings.ALLOWED_HOSTS) <= LOOPBACK:
        return ok(_("Without HTTPS, which this machine alone does not need"))
    what = _("Without HTTPS passwords and messages can be read on their way")
    return fault(what, _("Put a proxy that speaks TLS before it, and set DOMAIN (or HTTPS=1)."))
