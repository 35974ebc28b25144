"""Clients that do not read, vanish without a word or dribble: they go, and nobody else notices."""

import asyncio
import contextlib
import statistics

import pytest

from tests.waiting import eventually, let_pass

from .raw import RawClient, memory_bytes

# What they do to a server has nothing to do with databases.
pytestmark = pytest.mark.footing("embedded")

GONE_SECONDS = 35
MEMORY_BYTES = 30 * 1024 * 1024
NOISE_SECONDS = 0.05


async def p99_ack_seconds(site, seconds=3):
    return statistics.quantiles(site.history.ack_seconds(*await site.go_on(seconds)), n=100)[-1]


@contextlib.asynccontextmanager
async def nobody_else_notices(site):
    """Neither the others' acks nor the server's memory."""
    await site.talk(rate=120)
    before, memory = await p99_ack_seconds(site), memory_bytes(site.servers[0].process)
    yield
    during, grown = await p99_ack_seconds(site), memory_bytes(site.servers[0].process) - memory
    assert grown < MEMORY_BYTES, f"{grown // 2**20} MiB more"
    assert during <= 2 * before + NOISE_SECONDS, f"acks took {during:.3f} s, normally {before:.3f} s"
    await site.is_right()


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
    await eventually(
        lambda: not any(client.is_open for client in clients), seconds=GONE_SECONDS, every=0.2, what="they are gone"
    )


async def test_clients_that_never_read_are_let_go(site):
    await site.open(servers=1)
    async with nobody_else_notices(site), raw_clients(site, 4) as idle:
        for client in idle:
            await client.shake_hands()
        await all_gone(idle)


async def test_clients_that_never_read_and_keep_sending_are_let_go(site):
    await site.open(servers=1)
    async with nobody_else_notices(site), raw_clients(site, 4) as noisy:
        for client in noisy:
            await client.shake_hands()
        await asyncio.gather(*[keep_sending(client) for client in noisy])
        await all_gone(noisy)


async def keep_sending(client):
    """Ask for a long answer again and again, until the server has enough."""
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(GONE_SECONDS):
            while client.is_open:
                await client.send(type="history", room=0, limit=100)
                await client.send(type="ping", t=1)
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
