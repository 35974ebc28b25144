"""What the log tells of requests and connections, and what it never tells."""

import asyncio
import json
import signal
import urllib.error
import urllib.request
from urllib.parse import quote

import pytest
from asgiref.sync import sync_to_async

from common.http.access_log import shown
from common.logs.formatters import told
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
async def test_a_connection_is_one_line_and_no_word_of_what_was_said(people, cluster, transport):
    [server] = await sync_to_async(cluster)(1, LOG_FORMAT="json")
    async with ChatClient(server, people.ana, transport=transport) as ana:
        await ana.expect("hello")
        await ana.say(SECRETS[0])
    for path in ("/healthz?next=" + SECRETS[1], "/api/v1/hooks/" + SECRETS[2]):
        await asyncio.to_thread(request, server, path)
    await end(server)

    lines = [json.loads(line) for line in server.log().splitlines()]
    [told] = [line for line in lines if line["message"] == "connection"]
    assert told["user"] == people.ana.id
    assert told["transport"] == transport
    assert told["address"] == "127.0.0.1"
    assert told["frames"] >= 1
    asked = [line for line in lines if line["message"] == "request"]
    assert {"method": "GET", "path": "/api/v1/hooks/…", "status": 405}.items() <= asked[-1].items()
    assert [line["path"] for line in asked].count("/healthz") >= 1
    stream_names = [] if transport == "websocket" else [ana.socket.name]
    for secret in [*SECRETS, people.ana.session_key, *stream_names]:
        assert secret not in server.log()


def test_nobody_writes_a_line_or_a_field_of_their_own_into_it():
    assert told('x\n2026 INFO all is well status=200 "') == "x%0A2026%20INFO%20all%20is%20well%20status=200%20%22"


@pytest.mark.parametrize("sign", ["\0", "\x1b", "\x7f", "\x9b", "\u2028", "\u202e", "\u2066"])
def test_nobody_commands_the_terminal_in_which_it_is_read(sign):
    assert told(f"a{sign}b") == f"a{quote(sign)}b"


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
def test_an_address_is_told_without_what_may_be_a_secret(path, line):
    assert shown(path) == line
