"""The questions of load balancers."""

import json
import urllib.error
import urllib.request

import pytest

from tests.services import free_port


def ask(server, path):
    """Status and body of an answer."""
    try:
        with urllib.request.urlopen(server.url + path, timeout=20) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as answer:
        return answer.code, json.load(answer)


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/db/alive"])
def test_a_running_site_says_it_is_well(site, path):
    assert ask(site[-1], path) == (200, {"status": "ok"})


def test_a_server_without_its_database_is_up_but_not_ready(cluster):
    [server] = cluster(1, DATABASE_URL=f"postgres://a:b@127.0.0.1:{free_port()}/none", DATABASE_TIMEOUT_SECONDS=1)
    assert ask(server, "/healthz") == (200, {"status": "ok"})
    assert ask(server, "/db/alive") == (503, {"status": "unavailable"})
    assert ask(server, "/readyz") == (503, {"status": "unavailable"})


def test_a_server_whose_tables_are_older_than_its_code_is_alive_but_not_ready(cluster, tmp_path):
    [server] = cluster(1, DATABASE_URL=f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    assert ask(server, "/db/alive") == (200, {"status": "ok"})
    assert ask(server, "/readyz") == (503, {"status": "unavailable"})
