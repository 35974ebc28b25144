"""Access and connection log: fields, formats, and what never appears in it."""

import asyncio
import json
import signal
import urllib.error
import urllib.request
from urllib.parse import quote

import pytest
from asgiref.sync import sync_to_async

from common.http.access_log import redacted_path
from common.logs.formatters import escape
from tests.clients import ChatClient

pytestmark = pytest.mark.footing("embedded")

SECRETS = ["a word between friends", "tok3nInTheQuery", "s3cretOfAWayInThatIsLong"]


def request(server, path):
    try:
        return urllib.request.urlopen(server.url + path, timeout=20).status
    except urllib.error.HTTPError as refused:
        return refused.code


async def end(server):
    server.signal(signal.SIGTERM)
    assert await asyncio.to_thread(server.process.wait, 10) == 0


@pytest.mark.parametrize("transport", ["websocket", "sse"])
async def test_connection_is_logged_in_one_line_without_messages_or_secrets(people, cluster, transport):
    [server] = await sync_to_async(cluster)(1, LOG_FORMAT="json")
    async with ChatClient(server, people.ana, transport=transport) as ana:
        await ana.expect("hello")
        await ana.send_message(SECRETS[0])
    for path in ("/healthz?next=" + SECRETS[1], "/api/v1/hooks/" + SECRETS[2]):
        await asyncio.to_thread(request, server, path)
    await end(server)

    lines = [json.loads(line) for line in server.log().splitlines()]
    [connection] = [line for line in lines if line["message"] == "connection"]
    assert connection["user"] == people.ana.id
    assert connection["transport"] == transport
    assert connection["address"] == "127.0.0.1"
    assert connection["frames"] >= 1
    requests = [line for line in lines if line["message"] == "request"]
    assert {"method": "GET", "path": "/api/v1/hooks/…", "status": 405}.items() <= requests[-1].items()
    assert [line["path"] for line in requests].count("/healthz") >= 1
    stream_names = [] if transport == "websocket" else [ana.socket.name]
    for secret in [*SECRETS, people.ana.session_key, *stream_names]:
        assert secret not in server.log()


def test_value_cannot_forge_a_line_or_a_field():
    assert escape('x\n2026 INFO all is well status=200 "') == "x%0A2026%20INFO%20all%20is%20well%20status=200%20%22"


@pytest.mark.parametrize("sign", ["\0", "\x1b", "\x7f", "\x9b", "\u2028", "\u202e", "\u2066"])
def test_control_characters_are_escaped(sign):
    assert escape(f"a{sign}b") == f"a{quote(sign)}b"


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("/rooms/7/", "/rooms/7/"),
        ("/api/v1/hooks/s3cretOfAWayInThatIsLong.", "/api/v1/hooks/…"),
        ("/accounts/password/Mg/c1k2x3-0123456789abcdef./", "/accounts/password/Mg/…/"),
        ("/api/v1/hooks/s3cretOfAWayIn.ThatIsLong", "/api/v1/hooks/…"),
        ("http://user:secret@host/x", "…"),
        ("/" + "x/" * 95 + "s3cretOfAWayInThatIsLong", "/" + "x/" * 95 + "…"),
        ("/static/js/highlight.0123456789abcdef.js", "/static/js/highlight.0123456789abcdef.js"),
    ],
)
def test_path_is_logged_without_long_segments(path, line):
    assert redacted_path(path) == line
