"""Server processes that are killed, frozen and restarted, and connections that break."""

import asyncio

import pytest

from tests.waiting import eventually, expect_in_time

from . import fault_injection
from .proxy import CommitBlocker, CommitResponseDropper, PublishBlocker

PRESENCE_SECONDS = 20
HEAD_CHECK_SECONDS = 3 + 0.2
BLACKOUT_SECONDS = 5


async def test_repeated_kills_lose_nothing(site):
    await site.open(servers=3 if site.redis else 1)
    await site.start_writers()
    for _ in range(3):
        await fault_injection.kill_server(site)
    await site.expect_no_violations()


@pytest.mark.long
async def test_twenty_kills_lose_nothing(site):
    await site.open(servers=3 if site.redis else 1)
    await site.start_writers()
    for _ in range(20):
        await fault_injection.kill_server(site)
    await site.expect_no_violations()


@pytest.mark.timed
async def test_rolling_restart_closes_with_a_reason_and_short_blackouts(site):
    await site.open(servers=3 if site.redis else 1)
    await site.start_writers(rate=100)
    for server in site.servers:
        await fault_injection.restart_gracefully(site, server)
    await site.expect_no_violations()
    assert {code for writer in site.writers for kind, code in writer.stream.entries if kind == "closed"} <= {1012, 4012}
    blackouts = [seconds for writer in site.writers for seconds in writer.blackout_seconds]
    assert len(blackouts) >= len(site.servers)
    if len(site.servers) > 1:
        expect_in_time(max(blackouts) < BLACKOUT_SECONDS, f"the longest blackout was {max(blackouts):.1f} s")


@pytest.mark.footing("grown")
@pytest.mark.parametrize("interceptor", [CommitBlocker, CommitResponseDropper], ids=["before", "after"])
async def test_kill_around_commit_keeps_every_acknowledged_message(site, interceptor):
    await site.open(servers=2, proxies=("database",))
    await site.start_writers()
    await fault_injection.kill_at_commit(site, interceptor)
    await site.expect_no_violations()


@pytest.mark.timed
@pytest.mark.footing("grown")
async def test_message_committed_but_never_published_is_found_by_the_head_check(site):
    await site.open(servers=2, proxies=("redis",))
    writer, _reader = site.add_writer(0), site.add_writer(1)
    await site.wait_connected()
    blocker = site.proxies["redis"][0].interceptor = PublishBlocker(then=site.servers[0].kill)
    writer.send_once()
    await eventually(lambda: not blocker.remaining, what="a publication")
    await site.wait_converged()
    latest = max(site.history.delays())
    expect_in_time(latest < HEAD_CHECK_SECONDS, f"it was delivered after {latest:.1f} s")
    await site.expect_no_violations()


@pytest.mark.footing("grown")
async def test_frozen_server_resumes_without_gaps(site):
    await site.open(servers=2)
    await site.start_writers()
    await fault_injection.freeze_server(site, seconds=5)
    await site.expect_no_violations()


@pytest.mark.long
@pytest.mark.footing("grown")
async def test_server_frozen_past_its_lease_resumes_without_gaps(site):
    await site.open(servers=2)
    await site.start_writers()
    await fault_injection.freeze_server(site, seconds=60)
    await site.expect_no_violations()


async def test_broken_connections_resume_without_gaps(site):
    await site.open()
    await site.start_writers()
    await fault_injection.drop_connections(site)
    await site.expect_no_violations()


async def test_switching_rooms_misses_no_event_of_the_current_room(site):
    await site.open()
    await site.start_writers()
    await asyncio.gather(fault_injection.switch_rooms(site), fault_injection.drop_connections(site))
    await site.expect_no_violations()


@pytest.mark.long
@pytest.mark.footing("grown")
async def test_clients_of_a_killed_server_are_counted_once_after_reconnecting(site):
    await site.open(servers=2)
    await site.start_writers(rate=20)
    site.servers[0].kill()
    await site.quiesce()
    present = len(site.writers)
    await eventually(
        lambda: site.database.sockets() == present,
        seconds=PRESENCE_SECONDS,
        every=0.5,
        what=f"{present} sockets are registered",
    )
    await site.expect_no_violations()


async def test_disconnected_clients_leave_no_sockets_and_no_subscriptions(site):
    await site.open()
    await site.start_writers(rate=50)
    await site.expect_no_violations()
    for writer in site.writers:
        await writer.stop()
    await eventually(lambda: site.database.sockets() == 0, every=0.2, what="no socket is registered")
    if site.redis:
        await eventually(lambda: not channels(site), every=0.2, what="no room or user channel has subscribers")


def channels(site):
    return [name for name in site.redis.command("PUBSUB", "CHANNELS") if b"room." in name or b"user." in name]
