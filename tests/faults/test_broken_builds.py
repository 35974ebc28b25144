"""Builds broken on purpose, each of which the checker must catch; the same faults leave the sound build unharmed."""

import pytest

from tests.waiting import eventually

from . import trouble
from .proxy import CommitStopper, RingThief

pytestmark = pytest.mark.footing("grown")


async def test_a_build_that_acknowledges_before_the_commit_is_caught(site):
    await site.open_broken("ack_before_commit", servers=2, proxies=("database",))
    await site.talk(rate=60)
    await trouble.kill_around_a_commit(site, CommitStopper)
    assert "and is not stored" in "\n".join(await site.wrongs(quiet_seconds=5))


async def test_a_build_that_only_publishes_is_caught(site):
    await site.open_broken("publish_only", servers=2)
    await site.talk()
    for _ in range(3):
        await trouble.cut_subscribers(site)
    assert "without [" in "\n".join(await site.wrongs(quiet_seconds=5))


async def test_a_build_that_checks_no_heads_is_caught(site):
    await site.open_broken("no_head_check", servers=2, proxies=("redis",))
    site.join(0), site.join(1)
    await site.all_connected()
    thief = site.proxies["redis"][1].interceptor = RingThief()
    site.talkers[0].say_once()
    await eventually(lambda: thief.taken, what="a ring was taken")
    assert "ended at" in "\n".join(await site.wrongs(quiet_seconds=8))


async def test_a_build_that_checks_no_duplicates_is_caught(site):
    site.database.query("ALTER TABLE rooms_message DROP CONSTRAINT said_once")
    await site.open_broken("no_duplicate_check", servers=2)
    await site.talk()
    await trouble.break_lines(site)
    assert "is stored 2 times" in "\n".join(await site.wrongs(quiet_seconds=5))
