"""The end of a session or token closes its connections, on every server and transport."""

import asyncio
import time
from contextlib import AsyncExitStack

import pytest
from asgiref.sync import sync_to_async

from accounts.models import User
from tests.clients import ChatClient
from tests.people import sign_up, unique
from tests.revoking import BY_ALL, BY_PEOPLE, LASTING_SECONDS

SIGN_IN_AGAIN = 4001
DEAD_REDIS = "redis://127.0.0.1:1/0"


async def end_all(servers, ways, transport):
    """Connect to the last server, end each by the first one, and wait: `{way: (close code, seconds it took)}`."""
    async with AsyncExitStack() as stack:
        held = [await hold(stack, way, servers, transport) for way in ways]
        ended = await asyncio.gather(*[end(*one) for one in held])
    return {way.__name__: found for way, found in zip(ways, ended, strict=True)}


async def hold(stack, way, servers, transport):
    held = await asyncio.to_thread(way, servers[0], "held")
    person = None if held.headers else held.person
    line = ChatClient(servers[-1], person, headers=held.headers, transport=transport)
    await (await stack.enter_async_context(line)).expect("hello")
    return held, line


async def end(held, line):
    await asyncio.to_thread(held.end)
    ended_at = time.monotonic()
    return await line.wait_closed(), round(time.monotonic() - ended_at, 1)


@pytest.mark.both_transports
async def test_end_of_session_closes_its_connections(committed, site, transport):
    ended = await end_all(site, BY_PEOPLE, transport)

    assert {way: code for way, (code, _seconds) in ended.items()} == dict.fromkeys(ended, SIGN_IN_AGAIN)


@pytest.mark.footing("grown")
async def test_removed_rights_are_not_used(committed, site, join):
    sara = await join(await sync_to_async(sign_up)("sara", is_staff=True), server=-1)
    assert (await sara.ask("broadcast", text=unique("listen")))["code"] == "broadcast"

    await sync_to_async(take_rights)(sara.hello["user"]["id"])

    while (await sara.ask("broadcast", text=unique("listen")))["code"] == "broadcast":
        pass
    assert (await sara.ask("broadcast", text="listen"))["code"] == "not_allowed"


def take_rights(user_id):
    user = User.objects.get(pk=user_id)
    user.is_staff = False
    user.save()


@pytest.mark.long
@pytest.mark.footing("grown")
@pytest.mark.both_transports
@pytest.mark.parametrize(("redis", "seconds"), [(None, 1), (DEAD_REDIS, 10)], ids=["rung", "polled"])
async def test_connections_close_within_one_second_and_ten_without_redis(cluster, transport, redis, seconds):
    servers = await asyncio.to_thread(cluster, 2, **({"REDIS_URL": redis} if redis else {}))

    ended = await end_all(servers, BY_ALL, transport)

    print(f"\n{transport}, at most {seconds} s: {ended}")
    assert {code for code, _seconds in ended.values()} == {SIGN_IN_AGAIN}
    # The remaining lifetime of the expiring session is not a delay.
    late = {way: took for way, (_code, took) in ended.items() if took > seconds + (way == "Expired") * LASTING_SECONDS}
    assert not late
