"""Waiting for something to become true, with an end."""

import asyncio
import time


class TooLong(AssertionError):
    """What was waited for did not happen in time."""


def until(question, *, seconds=10.0, what):
    """Ask until the answer is true and return it; `TooLong`, naming `what`, after `seconds`.

    For things outside that cannot call back: a port, a process, a row written by another process.
    """
    end = time.monotonic() + seconds
    while not (answer := question()):
        if time.monotonic() > end:
            raise TooLong(f"{what}: not within {seconds} s")
        time.sleep(0.02)
    return answer


async def eventually(question, *, seconds=10.0, every=0.02, what):
    """The same where the event loop has other things to do meanwhile."""
    end = time.monotonic() + seconds
    while not (answer := question()):
        if time.monotonic() > end:
            raise TooLong(f"{what}: not within {seconds} s")
        await asyncio.sleep(every)
    return answer


async def let_pass(seconds):
    """For a state that has to last, such as an outage of so many seconds; never to wait for its end."""
    await asyncio.sleep(seconds)


async def let_others_run():
    """One turn of the event loop."""
    await asyncio.sleep(0)
