"""Nginx with the configuration of `deploy/`, in front of two servers."""

import json
import urllib.request
import uuid

import pytest
from websockets.asyncio.client import connect

from tests.waiting import until

pytestmark = pytest.mark.footing("grown")

HSTS = "max-age=31536000"


def test_pages_are_served_over_tls_and_plain_requests_redirected(https_client):
    status, headers, body = https_client.request("/accounts/sign-in/")
    assert status == 200
    assert b"<form" in body
    assert "__Host-csrf" in headers["Set-Cookie"]
    status, headers, _body = https_client.request("/rooms/", plain=True)
    assert (status, headers["Location"]) == (301, "https://localhost/rooms/")


@pytest.mark.parametrize(("path", "status"), [("/accounts/sign-in/", 200), ("/nothing/", 404), ("/healthz", 200)])
def test_every_response_has_one_hsts_header(https_client, path, status):
    found, headers, _body = https_client.request(path)
    assert (found, headers.get_all("Strict-Transport-Security")) == (status, [HSTS])


def test_oversized_body_is_refused_by_nginx(https_client):
    status, headers, _body = https_client.request("/api/v1/users", b"x" * (1024 * 1024 + 1))
    assert (status, headers["Strict-Transport-Security"]) == (413, HSTS)


def test_forged_forwarding_headers_do_not_change_the_client_address(deployed_cluster, https_client):
    path = f"/nothing/{uuid.uuid4().hex[:8]}"
    https_client.request(path, X_Forwarded_For="203.0.113.9", X_Real_IP="203.0.113.9", Forwarded="for=203.0.113.9")
    until(lambda: log_lines(deployed_cluster, path), what="the request is logged")
    [line] = log_lines(deployed_cluster, path)
    assert "address=127.0.0.1" in line
    assert "203.0.113.9" not in line


def log_lines(deployed_cluster, words):
    return [line for host in deployed_cluster.hosts for line in host.log().splitlines() if words in line]


@pytest.mark.parametrize("origin", ["https://localhost", "http://localhost:1", "https://localhost.example.org"])
async def test_foreign_origin_is_refused_a_websocket(deployed_cluster, https_client, tokens, origin):
    headers = {"Authorization": f"Bearer {tokens.ana}"}
    with pytest.raises(Exception, match="403"):
        await connect(
            deployed_cluster.front.socket_url,
            ssl=https_client.context,
            origin=origin,
            additional_headers=headers,
            proxy=None,
        )


async def test_messages_pass_between_two_users_over_websockets(deployed_cluster, https_client, tokens):
    async with (
        connect_websocket(deployed_cluster, https_client, tokens.ana) as ana,
        connect_websocket(deployed_cluster, https_client, tokens.bruno) as bruno,
    ):
        await next_frame(bruno, "events")
        client_id = str(uuid.uuid4())
        await ana.send(json.dumps({"type": "say", "id": client_id, "text": "through the front door"}))
        assert (await next_frame(ana, "ack"))["id"] == client_id
        events = await next_frame(bruno, "events")
        assert [message["id"] for message in events["messages"]] == [client_id]


def connect_websocket(deployed_cluster, https_client, token, origin=None):
    front, headers = deployed_cluster.front, {"Authorization": f"Bearer {token}"}
    return connect(
        front.socket_url, ssl=https_client.context, origin=origin or front.url, additional_headers=headers, proxy=None
    )


async def next_frame(socket, kind):
    while True:
        frame = json.loads(await socket.recv())
        if frame["type"] == kind:
            return frame


def test_event_stream_is_not_buffered(deployed_cluster, https_client, tokens):
    # The response has no end: buffering it would deliver nothing.
    request = urllib.request.Request(
        f"{deployed_cluster.front.url}/sse/", headers={"Authorization": f"Bearer {tokens.ana}"}
    )
    with urllib.request.urlopen(request, context=https_client.context, timeout=20) as stream:
        assert stream.headers["Content-Type"] == "text/event-stream"
        name = line_after(stream, "event: stream").removeprefix("data: ")
        assert json.loads(line_after(stream, "").removeprefix("data: "))["type"] == "hello"
        # The load balancer may send each POST to another server than the stream.
        for number in range(4):
            frame = json.dumps({"type": "ping", "t": number}).encode()
            status, _headers, answer = https_client.request(
                f"/sse/{name}/", frame, Authorization=f"Bearer {tokens.ana}"
            )
            assert status == 204, answer


def line_after(stream, words):
    """Read up to the line `words`; the first line with data right after it."""
    previous = None
    for raw in stream:
        text = raw.decode().rstrip("\n")
        if previous == words and text:
            return text
        previous = text
    raise AssertionError(f"The stream ended before {words!r}")


def test_every_request_is_answered_while_workers_are_replaced(deployed_cluster, https_client):
    host = deployed_cluster.hosts[0]
    host.reload()
    statuses = set()
    until(
        lambda: statuses.add(https_client.request("/healthz")[0]) or "All workers are new" in host.log(),
        seconds=60,
        what="all workers are new",
    )
    assert statuses == {200}
