"""Invalid and hostile input of every kind: answered with a code, and without harm to other clients.

Each attack once, then repeated at a pace, then as fast as possible. A flood costs processor time for each attempt and
delays other clients, within the limits below.
"""

import asyncio
import contextlib
import json
import os
import statistics
import sys
import time

import pytest

from tests.servers import ROOT
from tests.waiting import expect_in_time

from .process_monitor import ProcessMonitor, server_metrics
from .test_clients import p99

pytestmark = pytest.mark.long

WRITERS, MESSAGES_PER_SECOND = 50, 20
ROUNDS = int(os.environ.get("ROUNDS", 3))  # of each kind, each followed by one without attacks
ROUND_SECONDS = float(os.environ.get("ROUND_SECONDS", 20))
# 300 attackers: some 15 attempts a second, some 150, or as many as possible.
PAUSES = {"once": ROUND_SECONDS, "paced": 4, "flooded": 0}
WARM_UP_SECONDS = 5
RECOVERY_SECONDS = 3
MEMORY_BYTES = 128 * 1024 * 1024
# The limits reached today; twice the latency without attacks would be better, and is not reached (docs/faults.md).
PACED_SECONDS, FLOODED_SECONDS = 0.2, 0.5
NOISE_SECONDS = 0.01  # the difference between two rounds without attacks
# The limits of production, real password hashing included.
PRODUCTION_SETTINGS = {
    "DJANGO_SETTINGS_MODULE": "tests.faults.settings_real_hashing",
    "CHAT_FRAME_RATE": 20,
    "CHAT_FRAME_BURST": 40,
    "CHAT_MESSAGE_RATE": 5,
    "CHAT_MESSAGE_BURST": 20,
}


class RoundResult:
    """The latencies of other clients in one round, and the server's resources."""

    def __init__(self, site, span, monitor, before, after):
        waits, self.expected = ack_waits(site.history, *span), MESSAGES_PER_SECOND * (span[1] - span[0])
        self.answered = len(waits)
        self.acks, self.median = p99(waits), statistics.median(waits)
        self.deliveries = p99([*site.history.delays(*span)] or waits)
        self.loop_delay, self.growth = monitor.loop_delay_seconds, monitor.growth_bytes
        self.memory = after["memory_bytes", ""]
        spent = {key: after[key] - before.get(key, 0) for key in after}
        self.in_server = quantile(spent, 0.99)
        self.busy = spent["processor_seconds_total", ""] / (span[1] - span[0])

    def __str__(self):
        return (
            f"{self.answered} of {self.expected:.0f} sent, acks p50 {ms(self.median)}, p99 {ms(self.acks)},"
            f" in the server {ms(self.in_server)} or less;"
            f" deliveries p99 {ms(self.deliveries)}; event loop of the tests late by {ms(self.loop_delay)};"
            f" first server: {self.busy:.0%} of a core, {mib(self.memory)}, growth at most {mib(self.growth)}"
        )


def ack_waits(history, since, until):
    """How long each frame of that span has waited so far, answered or not, in seconds."""
    now = time.monotonic()
    found = [(one.ended_at or now) - one.sent_at for one in history.attempts if since <= one.sent_at < until]
    return found if len(found) > 1 else [until - since] * 2


def ms(seconds):
    return f"{seconds * 1000:.0f} ms"


def mib(count):
    return f"{count / 2**20:.0f} MiB"


def quantile(spent, part):
    """The upper bound, in seconds, of the histogram bucket that contains this quantile of ack times."""
    bounds = sorted((float(le), n) for (name, le), n in spent.items() if name == "ack_seconds_bucket")
    return next((bound for bound, count in bounds if count >= part * bounds[-1][1]), 0)


@contextlib.asynccontextmanager
async def malicious_clients(site, log):
    """A process of malicious clients: `(start(pause), await stop(), ids of their users)`."""
    added = await asyncio.to_thread(site.add_users, 12, 1)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.faults.malicious_clients",
        cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=log,
        start_new_session=True,
    )  # fmt: skip

    def write_line(line):
        process.stdin.write(f"{line}\n".encode())

    async def stop():
        write_line("stop")
        return json.loads(await process.stdout.readline())

    write_line(json.dumps({"ports": site.ports, "users": added["users"], "room": site.room}))
    try:
        yield write_line, stop, [user["id"] for user in added["users"]]
    finally:
        process.kill()
        await process.wait()


async def run_round(site):
    async with ProcessMonitor(site.servers[0].process) as monitor:
        before = await asyncio.to_thread(server_metrics, site.servers[0])
        span = await site.run_for(ROUND_SECONDS)
        after = await asyncio.to_thread(server_metrics, site.servers[0])
    return RoundResult(site, span, monitor, before, after)


def stored_counts(site, ids):
    """How many accounts and rooms are stored, and how many messages of these users."""
    listed = ",".join(map(str, ids))
    return site.database.query(
        "SELECT (SELECT count(*) FROM accounts_user), (SELECT count(*) FROM rooms_room),"
        f" (SELECT count(*) FROM rooms_message WHERE author_id IN ({listed}))"
    )


async def test_bad_input_is_answered_and_stores_nothing_and_delays_others_within_limits(site, tmp_path):
    await site.open(**PRODUCTION_SETTINGS)
    await site.start_writers(WRITERS, MESSAGES_PER_SECOND)
    await site.run_for(WARM_UP_SECONDS)
    rounds, answers = {"alone": [await run_round(site)]} | {kind: [] for kind in PAUSES}, {}
    with (tmp_path / "malicious-clients.log").open("wb") as log:
        async with malicious_clients(site, log) as (start, stop, ids):
            before = stored_counts(site, ids)
            for kind, pause in list(PAUSES.items()) * ROUNDS:
                start(pause)
                rounds[kind].append(await run_round(site))
                for answer, times in (await stop()).items():
                    answers[answer] = answers.get(answer, 0) + times
                await site.run_for(RECOVERY_SECONDS)
                rounds["alone"].append(await run_round(site))
            after = stored_counts(site, ids)
    print_report(rounds, answers)
    assert (tmp_path / "malicious-clients.log").read_text() == ""
    assert after == before
    assert not [answer for answer in answers if ": 5" in answer and ": 503" not in answer]
    await site.expect_no_violations()
    expect_within_limits(rounds)


def print_report(rounds, answers):
    for kind, each in rounds.items():
        for result in each:
            print(f"{kind}: {result}")
    for answer, times in sorted(answers.items()):
        print(f"  {answer}: {times}")


def expect_within_limits(rounds):
    for what in ("acks", "deliveries"):
        found = {kind: statistics.median(getattr(one, what) for one in each) for kind, each in rounds.items()}
        report = f"{what}: p99 " + ", ".join(f"{kind} {ms(wait)}" for kind, wait in found.items())
        expect_in_time(found["once"] <= 2 * found["alone"] + NOISE_SECONDS, report)
        expect_in_time(found["paced"] <= PACED_SECONDS and found["flooded"] <= FLOODED_SECONDS, report)
    growth = max(one.growth for one in rounds["flooded"])
    assert growth < MEMORY_BYTES, f"memory grew by {mib(growth)}"
