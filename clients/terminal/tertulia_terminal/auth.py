"""Authentication: sign-in with name and password, as by the form of the page."""

import http.cookiejar
import re
import urllib.error
import urllib.parse
import urllib.request

from .i18n import gettext_noop

TIMEOUT_SECONDS = 60


class SignInRefused(Exception):
    """The server did not accept the name and password; the argument is the sentence to show."""


def sign_in(site: str, name: str, password: str) -> str:
    """Return the value of the `Cookie` header of a new session.

    `site` is an http or https address. Raises `SignInRefused`, or `OSError` if the server cannot be reached.
    """
    jar = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    address = urllib.parse.urljoin(site, "/accounts/sign-in/")
    with opener.open(address, timeout=TIMEOUT_SECONDS) as page:
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.read().decode())
    form = {"csrfmiddlewaretoken": token[1] if token else "", "username": name, "password": password}
    body = urllib.parse.urlencode(form).encode()
    request = urllib.request.Request(address, body, {"Referer": address})  # noqa: S310, `cli` has checked the scheme
    try:
        with opener.open(request, timeout=TIMEOUT_SECONDS) as response:
            # After a success the server redirects; the same page again shows the form's error.
            if urllib.parse.urlsplit(response.url).path == urllib.parse.urlsplit(address).path:
                raise SignInRefused(gettext_noop("Wrong user name or password."))
    except urllib.error.HTTPError as error:
        if error.code == 429:
            raise SignInRefused(gettext_noop("Too many tries. Wait a little.")) from None
        raise
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)
