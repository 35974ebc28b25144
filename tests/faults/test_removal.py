"""Who has gone hears nothing more, whatever they were connected to."""

import asyncio
import time
import urllib.request
from http.cookies import SimpleCookie

import pytest

DOORBELL_SECONDS = 1
POLL_SECONDS = 10
NOISE_SECONDS = 0.5
PAGE_SECONDS = 30


async def sign_out(site, talker, server, seconds):
    """Through a page of that server, as a browser does; so many seconds after its answer nothing may be heard."""
    talker.stream.entries.append(("removed", time.monotonic() + PAGE_SECONDS))
    await asyncio.to_thread(post_sign_out, server.url, talker.person.cookie)
    talker.stream.entries.append(("removed", time.monotonic() + seconds + NOISE_SECONDS))
    await site.go_on(seconds + NOISE_SECONDS + 1)


def post_sign_out(url, session):
    with urllib.request.urlopen(f"{url}/accounts/sign-in/") as page:
        token = SimpleCookie(page.headers["Set-Cookie"])["csrf"].value
    headers = {"Cookie": f"{session}; csrf={token}", "X-CSRFToken": token}
    with urllib.request.urlopen(urllib.request.Request(f"{url}/accounts/sign-out/", b"", headers)) as answer:
        assert answer.url.endswith("/accounts/sign-in/")


async def people_and_a_listener(site):
    await site.talk(count=4, rate=60)
    listener = site.join(len(site.servers) - 1)
    await site.all_connected()
    return listener


async def test_who_signs_out_on_one_server_hears_nothing_more_on_another(site):
    await site.open()
    listener = await people_and_a_listener(site)
    await sign_out(site, listener, site.servers[0], DOORBELL_SECONDS)
    await site.is_right()
    assert listener.is_finished


@pytest.mark.long
@pytest.mark.footing("grown")
async def test_without_redis_signing_out_takes_ten_seconds_to_be_heard_of(site):
    await site.open()
    listener = await people_and_a_listener(site)
    site.redis.kill()
    await sign_out(site, listener, site.servers[0], POLL_SECONDS)
    await site.is_right()
    assert listener.is_finished
