"""Health checks of load balancers."""

import errno
import http.client
import json
import signal
import socket
import urllib.error
import urllib.request
from urllib.parse import urlsplit

import pytest
from django.db import connection

from tests.servers import database_url
from tests.services import free_port
from tests.waiting import until


def get(server, path):
    """Return status and body."""
    try:
        with urllib.request.urlopen(server.url + path, timeout=20) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as answer:
        return answer.code, json.load(answer)


def test_healthz_answers_under_any_host_name(site):
    request = urllib.request.Request(site[-1].url + "/healthz", headers={"Host": "10.9.8.7"})
    assert urllib.request.urlopen(request, timeout=20).status == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/db/alive"])
def test_running_site_is_healthy(site, path):
    assert get(site[-1], path) == (200, {"status": "ok"})


def test_without_database_server_is_alive_but_not_ready(cluster):
    [server] = cluster(1, DATABASE_URL=f"postgres://a:b@127.0.0.1:{free_port()}/none", DATABASE_TIMEOUT_SECONDS=1)
    assert get(server, "/healthz") == (200, {"status": "ok"})
    assert get(server, "/db/alive") == (503, {"status": "unavailable"})
    assert get(server, "/readyz") == (503, {"status": "unavailable"})


def test_with_pending_migrations_server_is_alive_but_not_ready(cluster, tmp_path):
    [server] = cluster(1, DATABASE_URL=f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    assert get(server, "/db/alive") == (200, {"status": "ok"})
    assert get(server, "/readyz") == (503, {"status": "unavailable"})


@pytest.mark.footing("grown")
def test_with_read_only_database_server_is_alive_but_not_ready(cluster):
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE reader LOGIN SUPERUSER PASSWORD 'reads'")
        cursor.execute("ALTER ROLE reader SET default_transaction_read_only = on")
    place = urlsplit(database_url())
    [server] = cluster(1, DATABASE_URL=place._replace(netloc=f"reader:reads@{place.hostname}:{place.port}").geturl())
    assert get(server, "/db/alive") == (200, {"status": "ok"})
    assert get(server, "/readyz") == (503, {"status": "unavailable"})


def test_draining_server_is_not_ready(cluster):
    [server] = cluster(1)
    keep_alive = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    keep_alive.connect()
    with socket.create_connection(("127.0.0.1", server.port)) as slow:
        slow.sendall(b"POST /readyz HTTP/1.1\r\nHost: here\r\nContent-Length: 9\r\n\r\n")
        assert get(server, "/readyz")[0] == 200
        server.signal(signal.SIGTERM)
        until(lambda: refuses(server.port), what="shutdown has begun")
        keep_alive.request("GET", "/readyz")
        assert keep_alive.getresponse().status == 503
    keep_alive.close()
    assert server.process.wait(timeout=10) == 0


def refuses(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == errno.ECONNREFUSED
