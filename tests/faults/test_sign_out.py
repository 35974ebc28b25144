"""Signing out ends the user's connections on every server."""

import asyncio
import time
import urllib.request
from http.cookies import SimpleCookie

import pytest

PUBSUB_SECONDS = 1
POLL_SECONDS = 10
NOISE_SECONDS = 0.5
PAGE_SECONDS = 30


async def sign_out(site, client, server, seconds):
    """Sign out by that server's form; so many seconds after its answer the client may receive nothing."""
    client.stream.entries.append(("removed", time.monotonic() + PAGE_SECONDS))
    await asyncio.to_thread(post_sign_out, server.url, client.user.cookie)
    client.stream.entries.append(("removed", time.monotonic() + seconds + NOISE_SECONDS))
    await site.run_for(seconds + NOISE_SECONDS + 1)


def post_sign_out(url, session):
    with urllib.request.urlopen(f"{url}/accounts/sign-in/") as page:
        token = SimpleCookie(page.headers["Set-Cookie"])["csrf"].value
    headers = {"Cookie": f"{session}; csrf={token}", "X-CSRFToken": token}
    with urllib.request.urlopen(urllib.request.Request(f"{url}/accounts/sign-out/", b"", headers)) as answer:
        assert answer.url.endswith("/accounts/sign-in/")


async def start_writers_and_a_reader(site):
    await site.start_writers(count=4, rate=60)
    reader = site.add_writer(len(site.servers) - 1)
    await site.wait_connected()
    return reader


async def test_sign_out_on_one_server_ends_connections_on_another(site):
    await site.open()
    reader = await start_writers_and_a_reader(site)
    await sign_out(site, reader, site.servers[0], PUBSUB_SECONDS)
    await site.expect_no_violations()
    assert reader.is_finished


@pytest.mark.long
@pytest.mark.footing("grown")
async def test_without_redis_sign_out_ends_connections_within_ten_seconds(site):
    await site.open()
    reader = await start_writers_and_a_reader(site)
    site.redis.kill()
    await sign_out(site, reader, site.servers[0], POLL_SECONDS)
    await site.expect_no_violations()
    assert reader.is_finished
