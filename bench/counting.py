"""`python -m bench.counting`: what the figures cost where every message passes, in nanoseconds."""

import os
import time
from types import SimpleNamespace

os.environ |= {"SECRET_KEY": "bench", "DATABASE_URL": "sqlite:///:memory:"}
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")

import django

django.setup()

from rooms.delivery import metrics  # noqa: E402

ROUNDS, TIMES = 9, 20_000
SAID = SimpleNamespace(duplicate=False)
SHAPE = {"edited": False, "erased": False, "at": "2026-11-21T09:30:00.123Z"}
CASES = {
    "a frame received": metrics.frames.add,
    "an ack's time": lambda: metrics.ack_seconds.observe(0.007),
    "a transaction of one draft": lambda: metrics.note_flush([SAID], 0.003),
    "a transaction of 64 drafts": lambda: metrics.note_flush([SAID] * 64, 0.003),
    "a delivery to any number of clients": lambda: metrics.note_delivery([SHAPE], 1000),
}


def nanoseconds(call):
    """The least of some rounds: what others do to the machine only adds."""
    found = []
    for _ in range(ROUNDS):
        began = time.perf_counter_ns()
        for _ in range(TIMES):
            call()
        found.append((time.perf_counter_ns() - began) / TIMES)
    return min(found)


if __name__ == "__main__":
    for name, call in CASES.items():
        print(f"{name}: {nanoseconds(call):.0f} ns")
