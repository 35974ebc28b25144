"""Many who ask at one moment."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier


def at_once(call, times):
    """The answers to `call(number)`, asked from so many threads that begin together."""
    start = Barrier(times)

    def begin(number):
        start.wait()
        return call(number)

    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(begin, range(times)))
