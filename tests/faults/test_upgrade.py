"""An upgrade while everybody talks: the tables first, then one server after another."""

import asyncio
import os
import random
import statistics
import time

import pytest
import pytest_asyncio

from tests.waiting import eventually, expect_in_time

from .earlier import OldSite, migrate

pytestmark = [pytest.mark.long, pytest.mark.footing("grown")]

SERVERS = 3
RATE = 100
SOME_SECONDS = 3
BLACKOUT_SECONDS = 5
ACK_SECONDS = 2
MANY = 1_000_000
FILL = f"""
INSERT INTO rooms_message (room_id, seq, version, author_id, client_id, text, at)
SELECT {{room}}, n, n, 1 + n % 20, gen_random_uuid(), 'Message ' || n, now() FROM generate_series(1, {MANY}) n
"""
CHANGED = """
SELECT indisvalid, (SELECT count(*) FROM information_schema.columns WHERE column_name = 'heavy')
FROM pg_index WHERE indexrelid = 'heavy_index'::regclass
"""


@pytest_asyncio.fixture(loop_scope="session", params=[1, 2, 3], ids=["one back", "two back", "three back"])
async def old_site(ground, tmp_path, request):
    ground.heal()
    site = OldSite(ground, tmp_path, int(os.environ.get("SEED") or random.randrange(10**6)), back=request.param)
    print(f"SEED={site.seed}")
    yield site
    await site.close()


async def test_nobody_misses_anything_while_a_site_is_upgraded(old_site):
    site = await old_site.open(SERVERS)
    await site.talk(rate=RATE)
    await site.go_on(SOME_SECONDS)
    before = site.migrated()
    span = await site.migrate()
    print(f"{len(site.migrated() - before)} migrations; the longest ack meanwhile took {slowest(site, span):.2f} s")
    assert site.migrated() > before
    # The old release goes on writing to the new tables, and then beside the new one.
    await site.go_on(SOME_SECONDS)
    for server in site.servers:
        await site.upgrade(server)
    await site.go_on(SOME_SECONDS)
    await site.is_right()
    assert all(server.answers("/readyz") for server in site.servers)
    assert {what for talker in site.talkers for kind, what in talker.stream.entries if kind == "closed"} <= {1012, 4012}
    blackouts = [seconds for talker in site.talkers for seconds in talker.blackout_seconds]
    assert len(blackouts) >= SERVERS
    assert site.turned_away == 0
    away = statistics.quantiles(blackouts, n=100)[-1]
    expect_in_time(away < BLACKOUT_SECONDS, f"{len(blackouts)} times somebody was away, p99 {away:.1f} s")


async def test_people_go_on_talking_while_a_large_table_is_changed(site):
    await site.open(SERVERS - 1)
    site.database.query(FILL.format(room=site.rooms[-1]))
    await site.talk(rate=RATE)
    await site.go_on(SOME_SECONDS)
    indexing = asyncio.ensure_future(seen_indexing(site))
    span = await migrate(site, "heavy", DJANGO_SETTINGS_MODULE="tests.faults.heavy.settings")
    began_at, ended_at = await indexing
    assert site.database.query(CHANGED) == [(True, 1)]
    # Those who had to wait for the index would all be answered at its end.
    half_way = (began_at + ended_at) / 2
    acks = [ack for ack in site.history.acked if began_at < ack.ended_at < half_way]
    print(f"{len(acks)} acks in the first half of the {ended_at - began_at:.1f} s in which the index was made")
    assert acks
    await site.go_on(SOME_SECONDS)
    # They are not what is checked, and nobody refers to them.
    site.database.query(
        f"SET session_replication_role = replica; DELETE FROM rooms_message WHERE room_id = {site.rooms[-1]}"
    )
    await site.is_right()
    longest = slowest(site, span)
    expect_in_time(longest < ACK_SECONDS, f"the longest ack meanwhile took {longest:.2f} s")


async def seen_indexing(site):
    """When PostgreSQL was first seen making an index, and when it was not any more."""

    def is_indexing():
        return site.database.query("SELECT 1 FROM pg_stat_progress_create_index")

    await eventually(is_indexing, what="the index is being made")
    began_at = time.monotonic()
    await eventually(lambda: not is_indexing(), what="the index is made")
    return began_at, time.monotonic()


def slowest(site, span):
    """Seconds of the slowest ack of what was said in that span."""
    return max(site.history.ack_seconds(*span))
