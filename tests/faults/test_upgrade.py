"""An upgrade under load: the migrations first, then one server after another."""

import asyncio
import os
import random
import statistics
import time

import pytest
import pytest_asyncio

from tests.waiting import eventually, expect_in_time

from .earlier_releases import EarlierReleaseSite, migrate

pytestmark = [pytest.mark.long, pytest.mark.footing("grown")]

SERVERS = 3
MESSAGES_PER_SECOND = 100
LOAD_SECONDS = 3
BLACKOUT_SECONDS = 5
ACK_SECONDS = 2
MANY_MESSAGES = 1_000_000
FILL = f"""
INSERT INTO rooms_message (room_id, seq, version, author_id, client_id, text, at)
SELECT {{room}}, n, n, 1 + n % 20, gen_random_uuid(), 'Message ' || n, now() FROM generate_series(1, {MANY_MESSAGES}) n
"""
INDEX_AND_COLUMN = """
SELECT indisvalid, (SELECT count(*) FROM information_schema.columns WHERE column_name = 'heavy')
FROM pg_index WHERE indexrelid = 'heavy_index'::regclass
"""


@pytest_asyncio.fixture(loop_scope="session", params=[1, 2, 3], ids=["one back", "two back", "three back"])
async def earlier_site(environment, tmp_path, request):
    environment.restore_services()
    seed = int(os.environ.get("SEED") or random.randrange(10**6))
    site = EarlierReleaseSite(environment, tmp_path, seed, back=request.param)
    print(f"SEED={site.seed}")
    yield site
    await site.close()


async def test_rolling_upgrade_loses_nothing(earlier_site):
    site = await earlier_site.open(SERVERS)
    await site.start_writers(rate=MESSAGES_PER_SECOND)
    await site.run_for(LOAD_SECONDS)
    before = site.applied_migrations()
    span = await site.migrate()
    print(f"{len(site.applied_migrations() - before)} migrations; the longest ack took {slowest(site, span):.2f} s")
    assert site.applied_migrations() > before
    # The earlier release keeps writing to the migrated tables, alone and then beside the new release.
    await site.run_for(LOAD_SECONDS)
    for server in site.servers:
        await site.upgrade(server)
    await site.run_for(LOAD_SECONDS)
    await site.expect_no_violations()
    assert all(server.answers("/readyz") for server in site.servers)
    assert {code for writer in site.writers for kind, code in writer.stream.entries if kind == "closed"} <= {1012, 4012}
    blackouts = [seconds for writer in site.writers for seconds in writer.blackout_seconds]
    assert len(blackouts) >= SERVERS
    assert site.refused == 0
    blackout = statistics.quantiles(blackouts, n=100)[-1]
    expect_in_time(blackout < BLACKOUT_SECONDS, f"{len(blackouts)} blackouts, p99 {blackout:.1f} s")


async def test_messages_are_acknowledged_while_a_large_table_is_migrated(site):
    await site.open(SERVERS - 1)
    site.database.query(FILL.format(room=site.rooms[-1]))
    await site.start_writers(rate=MESSAGES_PER_SECOND)
    await site.run_for(LOAD_SECONDS)
    indexing = asyncio.ensure_future(index_build_span(site))
    span = await migrate(site, "heavy", DJANGO_SETTINGS_MODULE="tests.faults.heavy.settings")
    began_at, ended_at = await indexing
    assert site.database.query(INDEX_AND_COLUMN) == [(True, 1)]
    # If writes waited for the index, their acks would all come at its end.
    half_way = (began_at + ended_at) / 2
    acks = [ack for ack in site.history.acked if began_at < ack.ended_at < half_way]
    print(f"{len(acks)} acks in the first half of the {ended_at - began_at:.1f} s of the index build")
    assert acks
    await site.run_for(LOAD_SECONDS)
    # These rows are not part of the history that is checked.
    site.database.query(
        f"SET session_replication_role = replica; DELETE FROM rooms_message WHERE room_id = {site.rooms[-1]}"
    )
    await site.expect_no_violations()
    longest = slowest(site, span)
    expect_in_time(longest < ACK_SECONDS, f"the longest ack meanwhile took {longest:.2f} s")


async def index_build_span(site):
    """The span in which PostgreSQL reports the progress of an index build."""

    def is_indexing():
        return site.database.query("SELECT 1 FROM pg_stat_progress_create_index")

    await eventually(is_indexing, what="the index build begins")
    began_at = time.monotonic()
    await eventually(lambda: not is_indexing(), what="the index build ends")
    return began_at, time.monotonic()


def slowest(site, span):
    """The longest ack time, in seconds, of the messages sent in that span."""
    return max(site.history.ack_seconds(*span))
