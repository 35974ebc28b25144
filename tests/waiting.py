"""Polling for conditions, with timeouts."""

import asyncio
import os
import time

TIMEOUT_SECONDS = 30  # reached by failures only; generous, for a busy machine
# Under `make soak`. Otherwise the machine is shared, by two test runs at least.
MACHINE_IS_OURS = os.environ.get("FAULTS") == "long"


class WaitTimeout(AssertionError):
    """A condition did not become true before the timeout."""


def until(question, *, seconds=TIMEOUT_SECONDS, what):
    """Poll `question` until its result is true and return it; raise `WaitTimeout`, naming `what`, after `seconds`.

    For states that cannot notify: a port, a process, a row written by another process.
    """
    end = time.monotonic() + seconds
    while not (answer := question()):
        if time.monotonic() > end:
            raise WaitTimeout(f"{what}: not within {seconds} s")
        time.sleep(0.02)
    return answer


async def eventually(question, *, seconds=TIMEOUT_SECONDS, every=0.02, what):
    """Poll like `until`, without blocking the event loop."""
    end = time.monotonic() + seconds
    while not (answer := question()):
        if time.monotonic() > end:
            raise WaitTimeout(f"{what}: not within {seconds} s")
        await asyncio.sleep(every)
    return answer


def in_time(seconds):
    """Return the timeout for something promised within `seconds`; longer on a shared machine."""
    return seconds if MACHINE_IS_OURS else max(seconds, TIMEOUT_SECONDS)


def expect_in_time(is_in_time, report):
    """Print a measured duration, and fail if it was too long; on a shared machine, only print it.

    Tests that use this and are not `long` are marked `timed`: `make soak` runs them too.
    """
    print(report)
    assert is_in_time or not MACHINE_IS_OURS, report


async def let_pass(seconds):
    """Let a state, such as an outage, last for some seconds; never used to wait for its end."""
    await asyncio.sleep(seconds)


async def let_others_run():
    """Run one iteration of the event loop."""
    await asyncio.sleep(0)
