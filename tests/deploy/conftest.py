"""A grown site with its proxy, as `make cluster` starts it, and two people who come in by the front door."""

import json
import ssl
import tempfile
import urllib.error
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.people import PASSWORD, unique
from tools.cluster import Cluster

SIGN_UP = {"password": PASSWORD, "first_names": "Ana", "last_names": "Tester", "birth_date": "1990-05-17"}


@pytest.fixture(scope="session")
def grown(static_files):
    with tempfile.TemporaryDirectory(prefix="tertulia-deploy-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o711)
        settings = {"DJANGO_SETTINGS_MODULE": "tests.settings", "METRICS_TOKEN": "for tests"}
        with Cluster(name, servers=2, **settings) as cluster:
            yield cluster
        assert not [host for host in cluster.hosts if "Traceback" in host.log()], name


class Visitor:
    """Somebody outside, who knows the site by its public address alone."""

    def __init__(self, front):
        self._front = front
        self.context = ssl.create_default_context(cafile=front.certificate)

    def ask(self, path, body=None, *, plain=False, **headers):
        """Status, headers and body of the answer; redirects are not followed."""
        url = (self._front.plain_url if plain else self._front.url) + path
        data = json.dumps(body).encode() if isinstance(body, dict) else body
        headers = {"Content-Type": "application/json"} | {
            key.replace("_", "-"): value for key, value in headers.items()
        }
        opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=self.context), StayHere)
        try:
            answer = opener.open(urllib.request.Request(url, data, headers), timeout=20)
        except urllib.error.HTTPError as refused:
            answer = refused
        with answer:
            return answer.status, answer.headers, answer.read()


class StayHere(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args):
        return None


@pytest.fixture(scope="session")
def visitor(grown):
    return Visitor(grown.front)


@pytest.fixture(scope="session")
def tokens(visitor):
    """Tokens of ana and bruno."""
    found = {}
    for word in ("ana", "bruno"):
        name = unique(word)
        assert visitor.ask("/api/v1/users", SIGN_UP | {"username": name})[0] == 201
        body = {"username": name, "password": PASSWORD, "name": "tests"}
        status, _headers, answer = visitor.ask("/api/v1/tokens", body)
        assert status == 201, answer
        found[word] = json.loads(answer)["token"]
    return SimpleNamespace(**found)
