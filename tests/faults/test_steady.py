"""Everyday use for long, `make soak`: whatever a server holds is as much in the end as when it was warm."""

import asyncio
import os
import statistics

import pytest

from .everyday import visitors
from .watch import figures

pytestmark = pytest.mark.long

SECONDS = float(os.environ.get("SECONDS") or 1800)
LOOKS = 60
TALKERS, MESSAGES_A_SECOND, VISITORS = 12, 30, 12
PARTS = 5  # the second and the last are compared
MIB = 2**20
# By how much what is held may differ between two moments of the same use.
MORE = {"memory_bytes": 16 * MIB, "files": 12, "threads": 4, "tasks": 20, "connections": 6, "pool_connections": 4}


async def test_what_a_server_holds_stays_as_it_was(site):
    await site.open(API_REQUEST_RATE=0)
    await site.talk(TALKERS, MESSAGES_A_SECOND)
    looks, acks = [], []
    async with visitors(site, VISITORS) as done:
        for _ in range(LOOKS):
            acks.append(site.median_ack_seconds(await site.go_on(SECONDS / LOOKS)))
            looks.append(await asyncio.to_thread(look, site))
    print(dict(sorted(done.items())))
    warm, last = warm_and_last(acks)
    print(f"acks: median {warm * 1000:.1f} ms when warm, {last * 1000:.1f} ms in the end")
    grown = [line for number, _ in enumerate(site.servers) for line in compared(number, looks)]
    assert not [what for what in done if what.endswith(": 500")], done
    await site.is_right()
    assert not grown, grown


def look(site):
    """What each server holds: `[{what: number}]`."""
    held = []
    for server in site.servers:
        told = figures(server)
        held.append({what: sum(n for (name, _), n in told.items() if name == what) for what in MORE})
    return held


def compared(number, looks):
    """What of that server is more in the end than it was when it was warm, in words."""
    for what, more in MORE.items():
        course = [held[number][what] for held in looks]
        warm, last = warm_and_last(course)
        unit, scale = ("MiB", MIB) if what == "memory_bytes" else ("", 1)
        told = f"server {number + 1}: {what} {warm / scale:.0f} when warm, {last / scale:.0f} in the end {unit}".strip()
        print(f"{told}; highest {max(course) / scale:.0f}")
        if last - warm > more:
            yield told


def warm_and_last(course):
    part = len(course) // PARTS
    return statistics.median(course[part : 2 * part]), statistics.median(course[-part:])
