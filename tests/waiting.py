"""Waiting for something to become true, with an end."""

import asyncio
import os
import time

TIMEOUT_SECONDS = 30  # costs time only where something is wrong, and others may have the machine
# `make soak`, which has the machine to itself. Elsewhere two runs of tests share it with whoever else is there.
MACHINE_IS_OURS = os.environ.get("FAULTS") == "long"


class WaitTimeout(AssertionError):
    """What was waited for did not happen in time."""


def until(question, *, seconds=TIMEOUT_SECONDS, what):
    """Ask until the answer is true and return it; `WaitTimeout`, naming `what`, after `seconds`.

    For things outside that cannot call back: a port, a process, a row written by another process.
    """
    end = time.monotonic() + seconds
    while not (answer := question()):
        if time.monotonic() > end:
            raise WaitTimeout(f"{what}: not within {seconds} s")
        time.sleep(0.02)
    return answer


async def eventually(question, *, seconds=TIMEOUT_SECONDS, every=0.02, what):
    """The same where the event loop has other things to do meanwhile."""
    end = time.monotonic() + seconds
    while not (answer := question()):
        if time.monotonic() > end:
            raise WaitTimeout(f"{what}: not within {seconds} s")
        await asyncio.sleep(every)
    return answer


def in_time(seconds):
    """How long to wait for what is promised within so many seconds; longer where others take the machine's time."""
    return seconds if MACHINE_IS_OURS else max(seconds, TIMEOUT_SECONDS)


def expect_in_time(is_in_time, told):
    """Tell how long something took, and fail if that was too long, unless others took the machine's time.

    Tests that ask this, and are not `long`, are marked `timed`: `make soak` runs them too.
    """
    print(told)
    assert is_in_time or not MACHINE_IS_OURS, told


async def let_pass(seconds):
    """For a state that has to last, such as an outage of so many seconds; never to wait for its end."""
    await asyncio.sleep(seconds)


async def let_others_run():
    """One turn of the event loop."""
    await asyncio.sleep(0)
