"""The real Nginx with the shipped configuration, before two servers."""

import json
import urllib.request
import uuid

import pytest
from websockets.asyncio.client import connect

from tests.waiting import until

pytestmark = pytest.mark.footing("grown")

HSTS = "max-age=31536000"


def test_pages_come_over_tls_and_plain_requests_are_sent_there(visitor):
    status, headers, body = visitor.ask("/accounts/sign-in/")
    assert status == 200
    assert b"<form" in body
    assert "__Host-csrf" in headers["Set-Cookie"]
    status, headers, _body = visitor.ask("/rooms/", plain=True)
    assert (status, headers["Location"]) == (301, "https://localhost/rooms/")


@pytest.mark.parametrize(("path", "status"), [("/accounts/sign-in/", 200), ("/nothing/", 404), ("/healthz", 200)])
def test_every_answer_asks_for_tls_from_now_on_once(visitor, path, status):
    found, headers, _body = visitor.ask(path)
    assert (found, headers.get_all("Strict-Transport-Security")) == (status, [HSTS])


def test_a_long_body_is_refused_before_it_reaches_a_server(visitor):
    status, headers, _body = visitor.ask("/api/v1/users", b"x" * (1024 * 1024 + 1))
    assert (status, headers["Strict-Transport-Security"]) == (413, HSTS)


def test_the_clients_address_is_the_one_that_nginx_sees_whatever_the_client_claims(grown, visitor):
    path = f"/nothing/{uuid.uuid4().hex[:8]}"
    visitor.ask(path, X_Forwarded_For="203.0.113.9", X_Real_IP="203.0.113.9", Forwarded="for=203.0.113.9")
    until(lambda: lines(grown, path), what="the request is logged")
    [line] = lines(grown, path)
    assert "address=127.0.0.1" in line
    assert "203.0.113.9" not in line


def lines(grown, words):
    return [line for host in grown.hosts for line in host.log().splitlines() if words in line]


@pytest.mark.parametrize("origin", ["https://localhost", "http://localhost:1", "https://localhost.example.org"])
async def test_pages_of_other_sites_get_no_socket(grown, visitor, tokens, origin):
    headers = {"Authorization": f"Bearer {tokens.ana}"}
    with pytest.raises(Exception, match="403"):
        await connect(
            grown.front.socket_url, ssl=visitor.context, origin=origin, additional_headers=headers, proxy=None
        )


async def test_two_people_talk_over_websockets(grown, visitor, tokens):
    async with line(grown, visitor, tokens.ana) as ana, line(grown, visitor, tokens.bruno) as bruno:
        await heard(bruno, "events")
        client_id = str(uuid.uuid4())
        await ana.send(json.dumps({"type": "say", "id": client_id, "text": "through the front door"}))
        assert (await heard(ana, "ack"))["id"] == client_id
        said = await heard(bruno, "events")
        assert [message["id"] for message in said["messages"]] == [client_id]


def line(grown, visitor, token, origin=None):
    front, headers = grown.front, {"Authorization": f"Bearer {token}"}
    return connect(
        front.socket_url, ssl=visitor.context, origin=origin or front.url, additional_headers=headers, proxy=None
    )


async def heard(socket, kind):
    while True:
        frame = json.loads(await socket.recv())
        if frame["type"] == kind:
            return frame


def test_events_of_a_stream_are_passed_on_at_once(grown, visitor, tokens):
    """The answer never ends by itself, so whoever waited for its end or for a full buffer would wait for ever."""
    request = urllib.request.Request(f"{grown.front.url}/sse/", headers={"Authorization": f"Bearer {tokens.ana}"})
    with urllib.request.urlopen(request, context=visitor.context, timeout=20) as stream:
        assert stream.headers["Content-Type"] == "text/event-stream"
        name = after(stream, "event: stream").removeprefix("data: ")
        assert json.loads(after(stream, "").removeprefix("data: "))["type"] == "hello"
        # Posted by whichever server it comes to.
        for number in range(4):
            frame = json.dumps({"type": "ping", "t": number}).encode()
            status, _headers, answer = visitor.ask(f"/sse/{name}/", frame, Authorization=f"Bearer {tokens.ana}")
            assert status == 204, answer


def after(stream, words):
    """The line that follows `words`; of an empty line, one with data."""
    previous = None
    for raw in stream:
        text = raw.decode().rstrip("\n")
        if previous == words and text:
            return text
        previous = text
    raise AssertionError(f"The stream ended before {words!r}")


def test_while_a_host_is_renewed_everybody_is_answered(grown, visitor):
    host = grown.hosts[0]
    host.renew()
    statuses = set()
    until(
        lambda: statuses.add(visitor.ask("/healthz")[0]) or "All workers are new" in host.log(),
        seconds=60,
        what="all workers are new",
    )
    assert statuses == {200}
