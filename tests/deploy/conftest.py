"""A cluster behind Nginx, as `make cluster` starts it, and an HTTPS client with the tokens of two users."""

import json
import ssl
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from email.message import Message
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.people import PASSWORD, unique
from tools.cluster import Cluster

SIGN_UP = {"password": PASSWORD, "first_names": "Ana", "last_names": "Tester", "birth_date": "1990-05-17"}


@pytest.fixture(scope="session")
def deployed_cluster(static_files: None) -> Iterator[Cluster]:
    with tempfile.TemporaryDirectory(prefix="tertulia-deploy-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o711)
        settings = {"DJANGO_SETTINGS_MODULE": "tests.settings", "METRICS_TOKEN": "for tests"}
        with Cluster(name, servers=2, **settings) as cluster:
            yield cluster
        assert not [host for host in cluster.hosts if "Traceback" in host.log()], name


class HttpsClient:
    """A client that uses the site's public address and trusts its certificate."""

    def __init__(self, cluster: Cluster) -> None:
        self._front = cluster.front
        self.context = ssl.create_default_context(cafile=self._front.certificate)

    def request(
        self, path: str, body: dict | bytes | None = None, *, plain: bool = False, **headers: str
    ) -> tuple[int, Message, bytes]:
        """Send a request, over plain HTTP if `plain`; status, headers and body. Redirects are not followed."""
        url = (self._front.plain_url if plain else self._front.url) + path
        data = json.dumps(body).encode() if isinstance(body, dict) else body
        headers = {"Content-Type": "application/json"} | {
            key.replace("_", "-"): value for key, value in headers.items()
        }
        opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=self.context), NoRedirect)
        try:
            answer = opener.open(urllib.request.Request(url, data, headers), timeout=20)
        except urllib.error.HTTPError as refused:
            answer = refused
        with answer:
            return answer.status, answer.headers, answer.read()


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Returns redirects instead of following them."""

    def redirect_request(self, *args: object) -> None:
        return None


@pytest.fixture(scope="session")
def https_client(deployed_cluster: Cluster) -> HttpsClient:
    return HttpsClient(deployed_cluster)


@pytest.fixture(scope="session")
def tokens(https_client: HttpsClient) -> SimpleNamespace:
    """API tokens of two new users: `tokens.ana`, `tokens.bruno`."""
    found = {}
    for word in ("ana", "bruno"):
        name = unique(word)
        assert https_client.request("/api/v1/users", SIGN_UP | {"username": name})[0] == 201
        body = {"username": name, "password": PASSWORD, "name": "tests"}
        status, _headers, answer = https_client.request("/api/v1/tokens", body)
        assert status == 201, answer
        found[word] = json.loads(answer)["token"]
    return SimpleNamespace(**found)
