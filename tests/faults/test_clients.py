"""Clients that do not read, vanish without a word or dribble: they go, and nobody else notices."""

import asyncio
import contextlib
import statistics
import time

import pytest

from tests.waiting import MACHINE_IS_OURS, eventually, expect_in_time, let_pass

from .raw import RawClient
from .site import MESSAGES_A_SECOND
from .watch import Watch

# What they do to a server has nothing to do with databases.
pytestmark = [pytest.mark.footing("embedded"), pytest.mark.timed]

GONE_SECONDS = 35
NORMAL_SECONDS = 3
MEMORY_BYTES = 30 * 1024 * 1024
NOISE_SECONDS = 0.05
# From a sender to their ack: the server, its database thread, the server again, the sender.
WAKINGS = 4
# The limit that is there against those who keep sending.
AS_SHIPPED = {"CHAT_FRAME_RATE": 20, "CHAT_FRAME_BURST": 40}
# A client holds no more than 1 MiB of what it does not read; so many say no more until then than others can bear.
ON_OTHER_SERVERS = [pytest.param(name, marks=pytest.mark.long) for name in ("daphne", "uvicorn")]


def p99(times):
    return statistics.quantiles(times, n=100)[-1]


@contextlib.asynccontextmanager
async def nobody_else_notices(site, rate=MESSAGES_A_SECOND):
    """While it lasts: neither the others, by their acks and by what they hear, nor the machine, by its memory."""
    await site.talk(rate=rate)
    before = await some_normal_time(site)
    async with Watch(site.servers[0].process) as watch:
        began_at = time.monotonic()
        yield
        meanwhile = (began_at, time.monotonic())
    after = await some_normal_time(site)
    await site.quiet()
    assert site.history.ack_seconds(*meanwhile), "nobody else was answered meanwhile"
    print(f"memory: at most {watch.grown / 2**20:.1f} MiB more")
    assert watch.grown < MEMORY_BYTES
    await site.is_right()
    if MACHINE_IS_OURS:
        for what, times in (("acks", site.history.ack_seconds), ("deliveries", site.history.delays)):
            expect_as_fast(what, [*times(*before), *times(*after)], list(times(*meanwhile)), watch.late)


async def some_normal_time(site):
    """A span to compare with, where it is compared."""
    return await site.go_on(NORMAL_SECONDS) if MACHINE_IS_OURS else (0, 0)


def expect_as_fast(what, normally, meanwhile, late):
    told = f"{what}: p99 {p99(meanwhile) * 1000:.0f} ms, normally {p99(normally) * 1000:.0f} ms"
    told += f" (the machine itself was late by {late * 1000:.0f} ms)"
    expect_in_time(p99(meanwhile) <= 2 * p99(normally) + NOISE_SECONDS + WAKINGS * late, told)


@contextlib.asynccontextmanager
async def raw_clients(site, count):
    clients = [RawClient(site.ports[0], site.ground.people[-1 - number], site.room) for number in range(count)]
    try:
        for client in clients:
            await client.dial()
        yield clients
    finally:
        for client in clients:
            client.close()


async def all_gone(clients):
    began_at = time.monotonic()
    await eventually(
        lambda: not any(client.is_open for client in clients), seconds=GONE_SECONDS, every=0.1, what="they are gone"
    )
    print(f"gone after {time.monotonic() - began_at:.0f} s")


@pytest.mark.parametrize("server", ["serve", *ON_OTHER_SERVERS])
async def test_clients_that_never_read_are_let_go(site, server):
    await site.open(servers=1, TEST_SERVER=server)
    async with nobody_else_notices(site), raw_clients(site, 4) as idle:
        for client in idle:
            await client.shake_hands()
        await all_gone(idle)


@pytest.mark.long
@pytest.mark.parametrize("server", ["serve", "daphne", "uvicorn"])
async def test_clients_that_never_read_the_little_they_are_told_are_let_go_too(site, server):
    await site.open(servers=1, TEST_SERVER=server)
    async with nobody_else_notices(site, rate=4), raw_clients(site, 4) as idle:
        for client in idle:
            await client.shake_hands()
        await all_gone(idle)


@pytest.mark.parametrize("server", ["serve", *ON_OTHER_SERVERS])
async def test_clients_that_never_read_and_keep_sending_are_let_go(site, server):
    await site.open(servers=1, TEST_SERVER=server, **AS_SHIPPED)
    async with nobody_else_notices(site, rate=60), raw_clients(site, 4) as noisy:
        for client in noisy:
            await client.shake_hands()
        sending = [asyncio.ensure_future(keep_sending(client, site.room)) for client in noisy]
        await all_gone(noisy)
        await asyncio.gather(*sending)


async def keep_sending(client, room):
    """Ask for a long answer again and again, until the server has enough."""
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(GONE_SECONDS):
            while client.is_open:
                await client.send(type="history", room=room, before=10**9, limit=100)
                await let_pass(0.005)


async def test_clients_that_send_a_byte_at_a_time_delay_nobody(site):
    await site.open(servers=1)
    async with nobody_else_notices(site), raw_clients(site, 4) as slow:
        dribbling = [asyncio.ensure_future(dribble(client)) for client in slow]
        await let_pass(3)
        for task in dribbling:
            task.cancel()


async def dribble(client):
    with contextlib.suppress(OSError):
        await client.send_slowly(client.request, lambda: let_pass(0.2))


@pytest.mark.long
async def test_clients_behind_a_dead_line_are_let_go(site):
    await site.open(servers=1, proxies=("web",))
    await site.talk(count=4, rate=20)
    site.switch("web", "blackhole")
    await eventually(lambda: site.database.sockets() == 0, seconds=GONE_SECONDS, every=0.5, what="nobody is present")
    site.switch("web", "ok")
    await site.all_connected()
    await site.is_right()


@pytest.mark.long
async def test_a_thousand_who_come_back_at_once_are_all_served(site):
    await site.open(CHAT_SOCKETS_PER_USER=100)
    await site.talk(count=1000, rate=20)
    for talker in site.talkers:
        talker.vanish()
    await site.go_on(5)
    await site.is_right()
