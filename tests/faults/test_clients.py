"""Clients that never read, vanish or send byte by byte are disconnected, and do not delay others."""

import asyncio
import contextlib
import statistics
import time

import pytest

from tests.waiting import MACHINE_IS_OURS, eventually, expect_in_time, let_pass

from .process_monitor import ProcessMonitor
from .raw_client import RawClient
from .site_under_test import MESSAGES_PER_SECOND

# None of this depends on the database.
pytestmark = [pytest.mark.footing("embedded"), pytest.mark.timed]

GONE_SECONDS = 35
NORMAL_SECONDS = 3
MEMORY_BYTES = 30 * 1024 * 1024
NOISE_SECONDS = 0.05
# Scheduling delays between a message and its ack: the server, its database thread, the server, the client.
WAKEUPS = 4
# The frame rate limit of production, which bounds clients that keep sending.
PRODUCTION_SETTINGS = {"CHAT_FRAME_RATE": 20, "CHAT_FRAME_BURST": 40}
# These servers buffer up to 1 MiB for a client that does not read.
ON_OTHER_SERVERS = [pytest.param(name, marks=pytest.mark.long) for name in ("daphne", "uvicorn")]


def p99(times):
    return statistics.quantiles(times, n=100)[-1]


@contextlib.asynccontextmanager
async def others_unaffected(site, rate=MESSAGES_PER_SECOND):
    """Check, for the duration of the context, latencies of other clients and the growth of memory."""
    await site.start_writers(rate=rate)
    before = await baseline(site)
    async with ProcessMonitor(site.servers[0].process) as monitor:
        began_at = time.monotonic()
        yield
        meanwhile = (began_at, time.monotonic())
    after = await baseline(site)
    await site.quiesce()
    assert site.history.ack_seconds(*meanwhile), "no other client was answered meanwhile"
    print(f"memory grew by at most {monitor.growth_bytes / 2**20:.1f} MiB")
    assert monitor.growth_bytes < MEMORY_BYTES
    await site.expect_no_violations()
    if MACHINE_IS_OURS:
        for what, times in (("acks", site.history.ack_seconds), ("deliveries", site.history.delays)):
            expect_no_slower(
                what, [*times(*before), *times(*after)], list(times(*meanwhile)), monitor.loop_delay_seconds
            )


async def baseline(site):
    """Measure a span without the fault, where latencies are compared."""
    return await site.run_for(NORMAL_SECONDS) if MACHINE_IS_OURS else (0, 0)


def expect_no_slower(what, normally, meanwhile, loop_delay):
    report = f"{what}: p99 {p99(meanwhile) * 1000:.0f} ms, normally {p99(normally) * 1000:.0f} ms"
    report += f" (the event loop of the tests was late by {loop_delay * 1000:.0f} ms)"
    expect_in_time(p99(meanwhile) <= 2 * p99(normally) + NOISE_SECONDS + WAKEUPS * loop_delay, report)


@contextlib.asynccontextmanager
async def raw_clients(site, count):
    clients = [RawClient(site.ports[0], site.environment.users[-1 - number], site.room) for number in range(count)]
    try:
        for client in clients:
            await client.connect()
        yield clients
    finally:
        for client in clients:
            client.close()


async def wait_disconnected(clients):
    began_at = time.monotonic()
    await eventually(
        lambda: not any(client.is_open for client in clients),
        seconds=GONE_SECONDS,
        every=0.1,
        what="the clients are disconnected",
    )
    print(f"disconnected after {time.monotonic() - began_at:.0f} s")


@pytest.mark.parametrize("server", ["serve", *ON_OTHER_SERVERS])
async def test_client_that_never_reads_is_disconnected(site, server):
    await site.open(servers=1, TEST_SERVER=server)
    async with others_unaffected(site), raw_clients(site, 4) as idle:
        for client in idle:
            await client.shake_hands()
        await wait_disconnected(idle)


@pytest.mark.long
@pytest.mark.parametrize("server", ["serve", "daphne", "uvicorn"])
async def test_client_that_never_reads_at_low_traffic_is_disconnected(site, server):
    await site.open(servers=1, TEST_SERVER=server)
    async with others_unaffected(site, rate=4), raw_clients(site, 4) as idle:
        for client in idle:
            await client.shake_hands()
        await wait_disconnected(idle)


@pytest.mark.parametrize("server", ["serve", *ON_OTHER_SERVERS])
async def test_client_that_never_reads_and_keeps_sending_is_disconnected(site, server):
    await site.open(servers=1, TEST_SERVER=server, **PRODUCTION_SETTINGS)
    async with others_unaffected(site, rate=60), raw_clients(site, 4) as noisy:
        for client in noisy:
            await client.shake_hands()
        sending = [asyncio.ensure_future(keep_sending(client, site.room)) for client in noisy]
        await wait_disconnected(noisy)
        await asyncio.gather(*sending)


async def keep_sending(client, room):
    """Request a long page repeatedly until the server disconnects."""
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(GONE_SECONDS):
            while client.is_open:
                await client.send(type="history", room=room, before=10**9, limit=100)
                await let_pass(0.005)


async def test_clients_sending_byte_by_byte_delay_no_others(site):
    await site.open(servers=1)
    async with others_unaffected(site), raw_clients(site, 4) as slow:
        sending = [asyncio.ensure_future(send_handshake_slowly(client)) for client in slow]
        await let_pass(3)
        for task in sending:
            task.cancel()


async def send_handshake_slowly(client):
    with contextlib.suppress(OSError):
        await client.send_slowly(client.request, lambda: let_pass(0.2))


@pytest.mark.long
async def test_half_open_clients_are_disconnected(site):
    await site.open(servers=1, proxies=("web",))
    await site.start_writers(count=4, rate=20)
    site.switch("web", "blackhole")
    await eventually(
        lambda: site.database.sockets() == 0, seconds=GONE_SECONDS, every=0.5, what="no socket is registered"
    )
    site.switch("web", "ok")
    await site.wait_connected()
    await site.expect_no_violations()


@pytest.mark.long
async def test_thousand_simultaneous_reconnects_are_all_served(site):
    await site.open(CHAT_SOCKETS_PER_USER=100)
    await site.start_writers(count=1000, rate=20)
    for writer in site.writers:
        writer.drop_connection()
    await site.run_for(5)
    await site.expect_no_violations()
