"""Resource use under a long mixed load (`make soak`): memory, files, threads, tasks and connections do not grow."""

import asyncio
import contextlib
import os
import statistics
from pathlib import Path

import pytest

from .mixed_load import ACTION_WEIGHTS, mixed_load
from .process_monitor import server_metrics

pytestmark = pytest.mark.long

SECONDS = float(os.environ.get("SECONDS") or 1800)
SAMPLES = 60
WRITERS, MESSAGES_PER_SECOND, USERS = 12, 30, 12
FIFTHS = 5  # the second and the last are compared
MIB = 2**20
# How much two samples under the same load may differ.
ALLOWED_GROWTH = {
    "memory_bytes": 16 * MIB, "child_memory_bytes": 16 * MIB,
    "files": 12, "threads": 4, "tasks": 20, "connections": 6, "pool_connections": 4,
}  # fmt: skip


async def test_long_mixed_load_leaks_no_resources(site):
    await site.open(API_REQUEST_RATE=0, DJANGO_SETTINGS_MODULE="tests.faults.settings_small_caches")
    await site.start_writers(WRITERS, MESSAGES_PER_SECOND)
    samples, acks = [], []
    async with mixed_load(site, USERS) as stats:
        for number in range(SAMPLES):
            if number == SAMPLES - SAMPLES // FIFTHS:
                before = stats.done.copy()
            acks.append(site.median_ack_seconds(await site.run_for(SECONDS / SAMPLES)))
            samples.append(await asyncio.to_thread(sample, site))
            memory = ", ".join(f"{server['memory_bytes'] / MIB:.0f}" for server in samples[-1])
            print(f"sample {number + 1} of {SAMPLES}: {memory} MiB, {sum(stats.done.values())} actions", flush=True)
        late = stats.done - before
    print(f"answered: {dict(stats.answers)}; failed: {dict(stats.failed)}")
    warm, last = warm_and_last(acks)
    print(f"acks: median {warm * 1000:.1f} ms when warm, {last * 1000:.1f} ms in the end")
    grown = [line for number, _ in enumerate(site.servers) for line in compare(number, samples)]
    assert late.keys() == ACTION_WEIGHTS.keys()  # the load went on to the end
    assert not [answer for _, answer in stats.answers if answer.endswith("500")], stats.answers
    await site.expect_no_violations()
    assert not grown, grown


def sample(site):
    """The resources that each server uses: `[{resource: number}]`."""
    used = []
    for server in site.servers:
        metrics = server_metrics(server)
        counts = {key: sum(n for (name, _), n in metrics.items() if name == key) for key in ALLOWED_GROWTH}
        used.append(counts | {"child_memory_bytes": child_memory_bytes(server.process.pid)})
    return used


def child_memory_bytes(pid):
    """Resident memory of the process's children: the one that hashes passwords."""
    pages = 0
    for line in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(FileNotFoundError):  # a thread or a child has ended
            for child in line.read_text().split():
                pages += int(Path(f"/proc/{child}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def compare(number, samples):
    """Describe each resource of that server that grew by more than is allowed."""
    for key, allowed in ALLOWED_GROWTH.items():
        values = [sample[number][key] for sample in samples]
        warm, last = warm_and_last(values)
        unit, scale = ("MiB", MIB) if key.endswith("bytes") else ("", 1)
        report = (
            f"server {number + 1}: {key} {warm / scale:.0f} when warm, {last / scale:.0f} in the end {unit}".strip()
        )
        print(f"{report}; highest {max(values) / scale:.0f}")
        if last - warm > allowed:
            yield report


def warm_and_last(values):
    """Return the medians of the second fifth of the values (warmed up) and of the last."""
    size = len(values) // FIFTHS
    return statistics.median(values[size : 2 * size]), statistics.median(values[-size:])
