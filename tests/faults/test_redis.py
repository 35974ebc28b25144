"""Redis dies, stalls, forgets and loses rings. It is the pubsub only, so nobody loses anything."""

import statistics
import time

import pytest
import redis

from rooms.delivery.pubsub import PATIENCE_SECONDS
from tests.waiting import eventually, expect_in_time, let_pass

from . import trouble
from .proxy import RingThief

pytestmark = [pytest.mark.footing("grown"), pytest.mark.timed]

# What is promised for a lost ring, and a little for the way of the tests.
LATE_SECONDS = 3 + 0.2
LIVE_SECONDS = 1
NOISE_SECONDS = 0.03


def expect_as_fast(site, normal, meanwhile):
    before, during = site.median_ack_seconds(normal), site.median_ack_seconds(meanwhile)
    told = f"acks took {during * 1000:.1f} ms, normally {before * 1000:.1f} ms"
    assert during < PATIENCE_SECONDS, f"acks wait for the pubsub: {told}"
    expect_in_time(during <= 2 * before + NOISE_SECONDS, told)


def expect_live(delays):
    """By the pubsub, not only by the head check."""
    most = statistics.quantiles(delays, n=20)[-1]
    expect_in_time(most < LIVE_SECONDS, f"95 % were heard after at most {most:.2f} s")


def expect_made_good(delays):
    latest = max(delays)
    expect_in_time(latest < LATE_SECONDS, f"all was heard after at most {latest:.1f} s")


async def test_redis_killed_and_restarted_loses_nothing(site):
    await site.open(servers=2)
    await site.talk()
    await trouble.kill_redis(site)
    await site.is_right()


async def test_redis_that_returns_is_listened_to_again(site):
    await site.open_broken("no_head_check", servers=2)
    await site.talk(count=4, rate=20)
    await trouble.kill_redis(site)
    await site.go_on(2)
    expect_live(site.history.delays(*await site.go_on(3)))
    await site.is_right()


async def test_acks_are_as_fast_while_redis_is_paused(site):
    await site.open(servers=2)
    await site.talk()
    normal = await site.go_on(2)
    began_at = time.monotonic()
    await trouble.pause_redis(site)
    expect_as_fast(site, normal, (began_at, began_at + 4))
    await site.is_right()


@pytest.mark.long
async def test_acks_are_as_fast_while_redis_is_paused_for_long(site):
    await site.open(servers=2)
    await site.talk()
    normal = await site.go_on(5)
    began_at = time.monotonic()
    await trouble.pause_redis(site, seconds=20)
    expect_as_fast(site, normal, (began_at, began_at + 19))
    await site.is_right()


async def test_without_redis_servers_show_each_others_messages_within_three_seconds(site):
    await site.open(servers=2)
    await site.talk(count=6, rate=60)
    for listener in site.talkers[1::2]:  # what is said on their own server would show them that they lack something
        listener.rate = 0
    normal = await site.go_on(2)
    site.redis.kill()
    await let_pass(1)
    without = await site.go_on(4)
    await let_pass(LATE_SECONDS)
    expect_as_fast(site, normal, without)
    expect_made_good(site.history.delays(*without))
    await site.is_right()


async def test_a_lost_ring_is_made_good_though_nothing_follows(site):
    await site.open(servers=2, proxies=("redis",))
    site.join(0), site.join(1)
    await site.all_connected()
    thief = site.proxies["redis"][1].interceptor = RingThief()
    site.talkers[0].say_once()
    await eventually(lambda: thief.taken, what="a ring was taken")
    await site.settled()
    expect_made_good(site.history.delays())
    await site.is_right()


async def test_what_is_published_while_nobody_is_subscribed_is_read_from_the_log(site):
    await site.open(servers=2)
    await site.talk()
    for _ in range(3):
        await trouble.cut_subscribers(site)
    await trouble.flush_redis(site)
    await site.is_right()


async def test_a_full_redis_rings_on(site):
    await site.open_broken("no_head_check", servers=2)
    await site.talk()
    normal = await site.go_on(2)
    site.redis.fill()
    with pytest.raises(redis.OutOfMemoryError):
        site.redis.command("SET", "something", "to keep")
    full = await site.go_on(3)
    await site.quiet()
    site.redis.free()
    expect_as_fast(site, normal, full)
    expect_live(site.history.delays(*full))
    await site.is_right()


async def test_rings_longer_than_redis_bears_are_read_from_the_log(site):
    await site.open(servers=2)
    speaker, _listener = site.join(0), site.join(1)
    await site.all_connected()
    site.redis.bound_buffers()
    speaker.say_once("語" * 7000)
    await site.settled()
    assert site.redis.has_logged("for overcoming of output buffer limits")
    expect_made_good(site.history.delays())
    await site.is_right()


@pytest.mark.long
async def test_a_half_open_line_to_redis_loses_nothing(site):
    await site.open(servers=2, proxies=("redis",))
    await site.talk()
    await trouble.swallow_redis(site)
    await site.is_right()
