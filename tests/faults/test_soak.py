"""Random faults for a long time (`make soak`); SECONDS and SEED come from the environment."""

import asyncio
import os
import random
import time

import pytest

from tests.waiting import let_pass

from . import fault_injection
from .site_under_test import SiteUnderTest

pytestmark = pytest.mark.long

ROUND_SECONDS = 75
PAUSE_SECONDS = 4
PROCESSES = [
    fault_injection.kill_server,
    fault_injection.restart_gracefully,
    fault_injection.freeze_server,
    fault_injection.drop_connections,
    fault_injection.switch_rooms,
]
REDIS = [
    fault_injection.kill_redis,
    fault_injection.pause_redis,
    fault_injection.disconnect_subscribers,
    fault_injection.flush_redis,
    fault_injection.disconnect_redis,
    fault_injection.blackhole_redis,
    fault_injection.fill_redis,
]
POSTGRES = [
    fault_injection.restart_postgres,
    fault_injection.hang_database,
    fault_injection.blackhole_database,
    fault_injection.disconnect_database,
    fault_injection.drop_commit_responses,
    fault_injection.exhaust_connections,
    fault_injection.make_database_read_only,
]
SQLITE = [fault_injection.lock_sqlite, fault_injection.fail_fsync]


async def test_random_faults_lose_nothing(environment, tmp_path):
    seed = int(os.environ.get("SEED") or random.randrange(10**6))
    end = time.monotonic() + float(os.environ.get("SECONDS") or 1800)
    rounds = random.Random(seed)
    print(f"\nSEED={seed}", flush=True)
    while time.monotonic() < end:
        await run_round(environment, tmp_path, rounds.randrange(10**6))


async def run_round(environment, folder, seed):
    """Start a new site, inject faults one after another or two at a time, and check the history."""
    folder = folder / str(seed)
    folder.mkdir(exist_ok=True)
    site = SiteUnderTest(environment, folder, seed)
    try:
        await site.open(servers=3 if site.redis else 1, proxies=("database", "redis") if site.redis else ())
        await site.start_writers()
        await inject_faults(site)
        await site.wait_acks_resume()
        await site.expect_no_violations()
        print(f"round {seed}: no violations", flush=True)
    finally:
        await site.close()
        environment.restore_services()


async def inject_faults(site):
    end = time.monotonic() + ROUND_SECONDS
    kinds = [PROCESSES, REDIS, POSTGRES] if site.redis else [PROCESSES, SQLITE]
    while time.monotonic() < end:
        chosen = [site.random.choice(kind) for kind in site.random.sample(kinds, site.random.choice([1, 1, 2]))]
        print(f"round {site.seed}: {' and '.join(fault.__name__ for fault in chosen)}", flush=True)
        await asyncio.gather(*[fault(site) for fault in chosen])
        await let_pass(site.random.random() * PAUSE_SECONDS)
