"""Everyday use for long, `make soak`: whatever a server holds is as much in the end as when it was warm."""

import asyncio
import contextlib
import os
import statistics
from pathlib import Path

import pytest

from .everyday import DEEDS, visitors
from .watch import figures

pytestmark = pytest.mark.long

SECONDS = float(os.environ.get("SECONDS") or 1800)
LOOKS = 60
TALKERS, MESSAGES_A_SECOND, VISITORS = 12, 30, 12
PARTS = 5  # the second and the last are compared
MIB = 2**20
# By how much what is held may differ between two moments of the same use.
MORE = {
    "memory_bytes": 16 * MIB, "memory_beside_bytes": 16 * MIB,
    "files": 12, "threads": 4, "tasks": 20, "connections": 6, "pool_connections": 4,
}  # fmt: skip


async def test_what_a_server_holds_stays_as_it_was(site):
    await site.open(API_REQUEST_RATE=0, DJANGO_SETTINGS_MODULE="tests.faults.small_caches")
    await site.talk(TALKERS, MESSAGES_A_SECOND)
    looks, acks = [], []
    async with visitors(site, VISITORS) as visits:
        for number in range(LOOKS):
            if number == LOOKS - LOOKS // PARTS:
                before = visits.done.copy()
            acks.append(site.median_ack_seconds(await site.go_on(SECONDS / LOOKS)))
            looks.append(await asyncio.to_thread(look, site))
            memory = ", ".join(f"{held['memory_bytes'] / MIB:.0f}" for held in looks[-1])
            print(f"look {number + 1} of {LOOKS}: {memory} MiB, {sum(visits.done.values())} visits", flush=True)
        late = visits.done - before
    print(f"answered: {dict(visits.answers)}; not: {dict(visits.failed)}")
    warm, last = warm_and_last(acks)
    print(f"acks: median {warm * 1000:.1f} ms when warm, {last * 1000:.1f} ms in the end")
    grown = [line for number, _ in enumerate(site.servers) for line in compared(number, looks)]
    assert late.keys() == DEEDS.keys()  # or an idle server would have been looked at
    assert not [answer for _, answer in visits.answers if answer.endswith("500")], visits.answers
    await site.is_right()
    assert not grown, grown


def look(site):
    """What each server holds: `[{what: number}]`."""
    held = []
    for server in site.servers:
        told = figures(server)
        counts = {what: sum(n for (name, _), n in told.items() if name == what) for what in MORE}
        held.append(counts | {"memory_beside_bytes": memory_beside(server.process.pid)})
    return held


def memory_beside(pid):
    """Of the processes that this one has started: that which hashes passwords."""
    pages = 0
    for line in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(FileNotFoundError):  # a thread has ended, or a child
            for child in line.read_text().split():
                pages += int(Path(f"/proc/{child}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def compared(number, looks):
    """What of that server is more in the end than it was when it was warm, in words."""
    for what, more in MORE.items():
        course = [held[number][what] for held in looks]
        warm, last = warm_and_last(course)
        unit, scale = ("MiB", MIB) if what.endswith("bytes") else ("", 1)
        told = f"server {number + 1}: {what} {warm / scale:.0f} when warm, {last / scale:.0f} in the end {unit}".strip()
        print(f"{told}; highest {max(course) / scale:.0f}")
        if last - warm > more:
            yield told


def warm_and_last(course):
    part = len(course) // PARTS
    return statistics.median(course[part : 2 * part]), statistics.median(course[-part:])
