"""Server processes that die, freeze and come back, and lines that break."""

import asyncio

import pytest

from tests.waiting import eventually, expect_in_time

from . import trouble
from .proxy import CommitStopper, CommitThief, RingStopper

PRESENCE_SECONDS = 20
HEAD_CHECK_SECONDS = 3 + 0.2
BLACKOUT_SECONDS = 5


async def test_nothing_is_lost_when_servers_are_killed_again_and_again(site):
    await site.open(servers=3 if site.redis else 1)
    await site.talk()
    for _ in range(3):
        await trouble.kill_a_server(site)
    await site.is_right()


@pytest.mark.long
async def test_nothing_is_lost_when_servers_are_killed_twenty_times(site):
    await site.open(servers=3 if site.redis else 1)
    await site.talk()
    for _ in range(20):
        await trouble.kill_a_server(site)
    await site.is_right()


@pytest.mark.timed
async def test_servers_that_are_restarted_one_after_another_say_goodbye_and_are_not_missed(site):
    await site.open(servers=3 if site.redis else 1)
    await site.talk(rate=100)
    for server in site.servers:
        await trouble.end_and_restart(site, server)
    await site.is_right()
    assert {what for talker in site.talkers for kind, what in talker.stream.entries if kind == "closed"} <= {1012, 4012}
    blackouts = [seconds for talker in site.talkers for seconds in talker.blackout_seconds]
    assert len(blackouts) >= len(site.servers)
    if len(site.servers) > 1:
        expect_in_time(max(blackouts) < BLACKOUT_SECONDS, f"nobody was away for more than {max(blackouts):.1f} s")


@pytest.mark.footing("grown")
@pytest.mark.parametrize("interceptor", [CommitStopper, CommitThief], ids=["before", "after"])
async def test_a_server_that_dies_around_a_commit_has_stored_what_it_acknowledged(site, interceptor):
    await site.open(servers=2, proxies=("database",))
    await site.talk()
    await trouble.kill_around_a_commit(site, interceptor)
    await site.is_right()


@pytest.mark.timed
@pytest.mark.footing("grown")
async def test_what_a_server_stored_and_told_nobody_before_it_died_is_found(site):
    await site.open(servers=2, proxies=("redis",))
    speaker, _listener = site.join(0), site.join(1)
    await site.all_connected()
    stopper = site.proxies["redis"][0].interceptor = RingStopper(then=site.servers[0].kill)
    speaker.say_once()
    await eventually(lambda: not stopper.left, what="a ring")
    await site.settled()
    latest = max(site.history.delays())
    expect_in_time(latest < HEAD_CHECK_SECONDS, f"it was found after {latest:.1f} s")
    await site.is_right()


@pytest.mark.footing("grown")
async def test_a_server_that_froze_goes_on_without_gaps(site):
    await site.open(servers=2)
    await site.talk()
    await trouble.freeze_a_server(site, seconds=5)
    await site.is_right()


@pytest.mark.long
@pytest.mark.footing("grown")
async def test_a_server_that_was_long_frozen_goes_on_without_gaps(site):
    await site.open(servers=2)
    await site.talk()
    await trouble.freeze_a_server(site, seconds=60)
    await site.is_right()


async def test_people_whose_line_breaks_go_on_where_they_were(site):
    await site.open()
    await site.talk()
    await trouble.break_lines(site)
    await site.is_right()


async def test_people_who_go_from_room_to_room_miss_nothing_where_they_stand(site):
    await site.open()
    await site.talk()
    await asyncio.gather(trouble.wander(site), trouble.break_lines(site))
    await site.is_right()


@pytest.mark.long
@pytest.mark.footing("grown")
async def test_whoever_was_on_a_killed_server_counts_once_when_all_is_quiet(site):
    await site.open(servers=2)
    await site.talk(rate=20)
    site.servers[0].kill()
    await site.quiet()
    present = len(site.talkers)
    await eventually(
        lambda: site.database.sockets() == present, seconds=PRESENCE_SECONDS, every=0.5, what=f"{present} are present"
    )
    await site.is_right()


async def test_nothing_is_left_of_those_who_have_gone(site):
    await site.open()
    await site.talk(rate=50)
    await site.is_right()
    for talker in site.talkers:
        await talker.stop()
    await eventually(lambda: site.database.sockets() == 0, every=0.2, what="nobody is present")
    if site.redis:
        await eventually(lambda: not channels(site), every=0.2, what="no room or person is listened to")


def channels(site):
    return [name for name in site.redis.command("PUBSUB", "CHANNELS") if b"room." in name or b"user." in name]
