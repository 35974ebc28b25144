"""Redis is killed, paused, flushed and loses publications: it carries only the pubsub, so no message is lost."""

import statistics
import time

import pytest
import redis

from rooms.delivery.pubsub import TIMEOUT_SECONDS
from tests.waiting import eventually, expect_in_time, let_pass

from . import fault_injection
from .proxy import PublishDropper

pytestmark = [pytest.mark.footing("grown"), pytest.mark.timed]

# The promise for a lost publication, and a margin for the tests.
LATE_SECONDS = 3 + 0.2
LIVE_SECONDS = 1
NOISE_SECONDS = 0.03


def expect_acks_no_slower(site, normal, meanwhile):
    before, during = site.median_ack_seconds(normal), site.median_ack_seconds(meanwhile)
    report = f"acks took {during * 1000:.1f} ms, normally {before * 1000:.1f} ms"
    assert during < TIMEOUT_SECONDS, f"acks wait for the pubsub: {report}"
    expect_in_time(during <= 2 * before + NOISE_SECONDS, report)


def expect_live(delays):
    """Check that messages arrive through the pubsub and not only by the head check."""
    most = statistics.quantiles(delays, n=20)[-1]
    expect_in_time(most < LIVE_SECONDS, f"95 % were delivered within {most:.2f} s")


def expect_recovered(delays):
    latest = max(delays)
    expect_in_time(latest < LATE_SECONDS, f"all were delivered within {latest:.1f} s")


async def test_redis_restart_loses_nothing(site):
    await site.open(servers=2)
    await site.start_writers()
    await fault_injection.kill_redis(site)
    await site.expect_no_violations()


async def test_servers_resubscribe_after_a_redis_restart(site):
    await site.open_broken("no_head_check", servers=2)
    await site.start_writers(count=4, rate=20)
    await fault_injection.kill_redis(site)
    await site.run_for(2)
    expect_live(site.history.delays(*await site.run_for(3)))
    await site.expect_no_violations()


async def test_acks_are_no_slower_while_redis_is_paused(site):
    await site.open(servers=2)
    await site.start_writers()
    normal = await site.run_for(2)
    began_at = time.monotonic()
    await fault_injection.pause_redis(site)
    expect_acks_no_slower(site, normal, (began_at, began_at + 4))
    await site.expect_no_violations()


@pytest.mark.long
async def test_acks_are_no_slower_during_a_long_redis_pause(site):
    await site.open(servers=2)
    await site.start_writers()
    normal = await site.run_for(5)
    began_at = time.monotonic()
    await fault_injection.pause_redis(site, seconds=20)
    expect_acks_no_slower(site, normal, (began_at, began_at + 19))
    await site.expect_no_violations()


async def test_without_redis_messages_reach_other_servers_within_three_seconds(site):
    await site.open(servers=2)
    await site.start_writers(count=6, rate=60)
    for reader in site.writers[1::2]:  # a message on their own server would reveal the gap
        reader.rate = 0
    normal = await site.run_for(2)
    site.redis.kill()
    await let_pass(1)
    without = await site.run_for(4)
    await let_pass(LATE_SECONDS)
    expect_acks_no_slower(site, normal, without)
    expect_recovered(site.history.delays(*without))
    await site.expect_no_violations()


async def test_lost_publication_is_recovered_without_a_later_one(site):
    await site.open(servers=2, proxies=("redis",))
    site.add_writer(0), site.add_writer(1)
    await site.wait_connected()
    dropper = site.proxies["redis"][1].interceptor = PublishDropper()
    site.writers[0].send_once()
    await eventually(lambda: dropper.dropped, what="a publication is dropped")
    await site.wait_converged()
    expect_recovered(site.history.delays())
    await site.expect_no_violations()


async def test_publications_missed_while_unsubscribed_are_read_from_the_log(site):
    await site.open(servers=2)
    await site.start_writers()
    for _ in range(3):
        await fault_injection.disconnect_subscribers(site)
    await fault_injection.flush_redis(site)
    await site.expect_no_violations()


async def test_full_redis_still_publishes(site):
    await site.open_broken("no_head_check", servers=2)
    await site.start_writers()
    normal = await site.run_for(2)
    site.redis.exhaust_memory()
    with pytest.raises(redis.OutOfMemoryError):
        site.redis.command("SET", "something", "to keep")
    full = await site.run_for(3)
    await site.quiesce()
    site.redis.reset_limits()
    expect_acks_no_slower(site, normal, full)
    expect_live(site.history.delays(*full))
    await site.expect_no_violations()


async def test_publications_over_the_output_buffer_limit_are_read_from_the_log(site):
    await site.open(servers=2)
    writer, _reader = site.add_writer(0), site.add_writer(1)
    await site.wait_connected()
    site.redis.limit_subscriber_buffers()
    writer.send_once("語" * 7000)
    await site.wait_converged()
    assert site.redis.has_logged("for overcoming of output buffer limits")
    expect_recovered(site.history.delays())
    await site.expect_no_violations()


@pytest.mark.long
async def test_half_open_redis_connection_loses_nothing(site):
    await site.open(servers=2, proxies=("redis",))
    await site.start_writers()
    await fault_injection.blackhole_redis(site)
    await site.expect_no_violations()
