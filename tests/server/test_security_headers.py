"""Security headers on every response, and, under TLS, HSTS and `__Host-` cookies."""

import contextlib
import re

import pytest
import requests
from django.contrib.staticfiles.storage import staticfiles_storage

from tests.people import sign_up

pytestmark = pytest.mark.once("embedded")

PAGES = [
    "/",
    "/accounts/sign-in/",
    "/accounts/sign-up/",
    "/rooms/",
    "/users/",
    "/lab/",
    "/accounts/profile/",
    "/nowhere/",
]
PAGES += ["/admin/", "/admin/login/", "/admin/accounts/user/", "/admin/rooms/room/1/change/", "/admin/nowhere/"]
PAGES += ["/api/v1/docs", "/api/v1/openapi.json", "/api/v1/users", "/api/v1/nowhere", "/api/users", "/sse/", "/sse/x/"]
PAGES += ["/healthz", "/readyz", "/db/alive", "/service-worker.js", "/manifest.webmanifest", "/static/nowhere"]
REQUIRED_HEADERS = {"permissions-policy", "referrer-policy", "cross-origin-opener-policy"}


@pytest.fixture
def ask(site, people):
    """`ask(path)` as sara, who is staff; `by=None` for an anonymous request."""
    sara = sign_up("sara", is_staff=True)
    session = requests.Session()
    session.trust_env = False

    def request(path, by=sara, method="GET", url=site[0].url, **options):
        headers = {"Cookie": by.cookie} if by else {}
        options = {"timeout": 20, "allow_redirects": False, "stream": True, **options}
        return session.request(method, url + path, headers=headers | options.pop("headers", {}), **options)

    yield request
    session.close()


def expect_security_headers(answer):
    found = {name.lower(): value for name, value in answer.headers.items()}
    policy = found["content-security-policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy and "*" not in policy
    assert found["x-content-type-options"] == "nosniff"
    assert found.keys() >= REQUIRED_HEADERS
    assert not {"server", "x-powered-by"} & found.keys()


@pytest.mark.parametrize("path", PAGES)
def test_every_response_has_security_headers(ask, path):
    for answer in (ask(path), ask(path, by=None), ask(path, method="POST"), ask(path, method="DELETE")):
        assert answer.status_code < 500
        expect_security_headers(answer)


def test_images_have_security_headers(ask):
    # An SVG can be opened as a document, scripts included.
    answer = ask(staticfiles_storage.url("img/mark.svg"))
    assert answer.status_code == 200
    expect_security_headers(answer)


@pytest.mark.parametrize("name", ["js/app.js", "css/site.css"])
def test_scripts_and_styles_are_not_sniffed(ask, name):
    answer = ask(staticfiles_storage.url(name))
    assert (answer.status_code, answer.headers["x-content-type-options"]) == (200, "nosniff")


@pytest.mark.parametrize(
    "invalid",
    [
        {"headers": {"Host": "evil.example"}},
        {"headers": {"Cookie": "session=\\x00; csrf=;;;="}},
        {"headers": {"Accept-Language": "x" * 4000}},
        {"headers": {"Authorization": "Bearer \xff"}},
        {"data": b"\xff" * 1000, "method": "POST"},
        {"data": b"x" * (1024 * 1024 + 1), "method": "POST"},
        {"method": "TRACE"},
        {"method": "NONSENSE"},
    ],
    ids=["host", "cookies", "language", "token", "body", "long body", "trace", "method"],
)
def test_error_responses_have_security_headers(ask, invalid):
    for path in ("/accounts/sign-in/", "/api/v1/users"):
        answer = ask(path, **{**invalid, "headers": dict(invalid.get("headers", {}))})
        assert answer.status_code < 500
        expect_security_headers(answer)


def test_oversized_headers_are_refused_and_the_server_keeps_running(ask):
    for headers in ({"X-Long": "x" * 70_000}, {f"X-{number}": "x" * 100 for number in range(1000)}):
        with contextlib.suppress(requests.ConnectionError):  # or the server closes the connection
            assert ask("/accounts/sign-in/", headers=headers).status_code in (400, 431)
    assert ask("/accounts/sign-in/").status_code in (200, 302)


def test_under_tls_cookies_have_the_host_prefix_and_hsts_is_set(cluster, ask):
    [server] = cluster(1, HTTPS=1, BEHIND_PROXY=1)
    forwarded = {"X-Forwarded-Proto": "https"}
    page = ask("/accounts/sign-in/", by=None, url=server.url, headers=forwarded)
    assert page.headers["strict-transport-security"] == "max-age=31536000"
    assert ask("/sse/", by=None, url=server.url, headers=forwarded).headers["strict-transport-security"]
    token = page.cookies["__Host-csrf"]
    form = {"username": "nobody.here", "password": "x", "csrfmiddlewaretoken": token}
    headers = forwarded | {"Cookie": f"__Host-csrf={token}", "Referer": server.url.replace("http:", "https:") + "/"}
    theme = ask(
        "/accounts/theme/", by=None, method="POST", url=server.url, headers=headers, data=form | {"theme": "dark"}
    )
    for answer in (page, theme):
        for cookie in re.split(r", (?=\S+=)", answer.headers["set-cookie"]):
            assert "Secure" in cookie and "SameSite=Lax" in cookie and "Domain" not in cookie
            assert cookie.startswith("__Host-") and "Path=/;" in cookie
