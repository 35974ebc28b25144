"""`python -m bench.metrics_cost`: nanoseconds that the metrics cost in the path of a message."""

import os
import time
from collections.abc import Callable
from types import SimpleNamespace

os.environ |= {"SECRET_KEY": "bench", "DATABASE_URL": "sqlite:///:memory:"}
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")

import django

django.setup()

from rooms.delivery import metrics  # noqa: E402

ROUNDS, CALLS = 9, 20_000
STORED = SimpleNamespace(duplicate=False)
MESSAGE = {"edited": False, "erased": False, "at": "2026-11-21T09:30:00.123Z"}
CASES = {
    "a frame received": metrics.frames.add,
    "an ack's time": lambda: metrics.ack_seconds.observe(0.007),
    "a transaction of one draft": lambda: metrics.note_flush([STORED], 0.003),
    "a transaction of 64 drafts": lambda: metrics.note_flush([STORED] * 64, 0.003),
    "a delivery to any number of clients": lambda: metrics.note_delivery([MESSAGE], 1000),
}


def nanoseconds(call: Callable[[], object]) -> float:
    """The minimum over the rounds: noise of the machine only adds."""
    found = []
    for _ in range(ROUNDS):
        started = time.perf_counter_ns()
        for _ in range(CALLS):
            call()
        found.append((time.perf_counter_ns() - started) / CALLS)
    return min(found)


if __name__ == "__main__":
    for name, call in CASES.items():
        print(f"{name}: {nanoseconds(call):.0f} ns")
