"""Concurrent calls for tests of races."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier


def at_once(call, times):
    """Return the results of `call(number)`, called from `times` threads that start together."""
    start = Barrier(times)

    def begin(number):
        start.wait()
        return call(number)

    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(begin, range(times)))
