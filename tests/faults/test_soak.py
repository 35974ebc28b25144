"""Everything at once and for long: `make soak`, with SECONDS and SEED from the environment."""

import asyncio
import os
import random
import time

import pytest

from tests.waiting import let_pass

from . import trouble
from .site import Site

pytestmark = pytest.mark.long

ROUND_SECONDS = 75
PAUSE_SECONDS = 4
PROCESSES = [
    trouble.kill_a_server,
    trouble.end_and_restart,
    trouble.freeze_a_server,
    trouble.break_lines,
    trouble.wander,
]
REDIS = [
    trouble.kill_redis,
    trouble.pause_redis,
    trouble.cut_subscribers,
    trouble.flush_redis,
    trouble.cut_redis,
    trouble.swallow_redis,
    trouble.fill_redis,
]
POSTGRES = [
    trouble.restart_postgres,
    trouble.hang_database,
    trouble.swallow_database,
    trouble.cut_database,
    trouble.lose_commit_answers,
    trouble.use_up_connections,
    trouble.forbid_writing,
]
SQLITE = [trouble.lock_sqlite, trouble.fail_syncs]


async def test_nothing_is_lost_whatever_happens(ground, tmp_path):
    seed = int(os.environ.get("SEED") or random.randrange(10**6))
    end = time.monotonic() + float(os.environ.get("SECONDS") or 1800)
    rounds = random.Random(seed)
    print(f"\nSEED={seed}", flush=True)
    while time.monotonic() < end:
        await one_round(ground, tmp_path, rounds.randrange(10**6))


async def one_round(ground, folder, seed):
    """A new site, some faults one after another or two at a time, and then the checker."""
    folder = folder / str(seed)
    folder.mkdir(exist_ok=True)
    site = Site(ground, folder, seed)
    try:
        await site.open(servers=3 if site.redis else 1, proxies=("database", "redis") if site.redis else ())
        await site.talk()
        await misfortune(site)
        await site.acked_again()
        await site.is_right()
        print(f"round {seed}: nothing wrong", flush=True)
    finally:
        await site.close()
        ground.heal()


async def misfortune(site):
    end = time.monotonic() + ROUND_SECONDS
    kinds = [PROCESSES, REDIS, POSTGRES] if site.redis else [PROCESSES, SQLITE]
    while time.monotonic() < end:
        chosen = [site.random.choice(kind) for kind in site.random.sample(kinds, site.random.choice([1, 1, 2]))]
        print(f"round {site.seed}: {' and '.join(fault.__name__ for fault in chosen)}", flush=True)
        await asyncio.gather(*[fault(site) for fault in chosen])
        await let_pass(site.random.random() * PAUSE_SECONDS)
