"""The database from the event loop: a small pool of threads of our own, and an end to every wait.

Channels would run every call of a process on one thread, one after another.
"""

import asyncio
import os
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, OperationalError, connection, connections

_threads = ThreadPoolExecutor(settings.DATABASE_THREADS, "database")


class Overdue(OperationalError):
    """The database has not answered in time. What was asked of it may still have happened."""


class Call:
    """One call on a database thread, whose connection can be cut from outside."""

    def __init__(self, call, args):
        self._call = call
        self._args = args
        self._connection: Any = None

    def run(self):
        self._connection = connections[DEFAULT_DB_ALIAS]
        try:
            return self._call(*self._args)
        finally:
            self._connection = None
            # PostgreSQL: hands the connection back to the pool. SQLite: each thread keeps its own file handle open.
            if connection.vendor != "sqlite":
                connection.close()

    def cut(self):
        """Free the thread from a server that says nothing: the peer seems gone, and the call raises."""
        # Whatever has ended meanwhile needs no cutting, and SQLite has no line to cut.
        with suppress(Exception), socket.socket(fileno=os.dup(self._connection.connection.fileno())) as line:
            line.shutdown(socket.SHUT_RDWR)


async def in_database(call, *args, seconds=settings.DATABASE_TIMEOUT_SECONDS):
    """`call(*args)` on a database thread, in the language active here; raises what it raises, or `Overdue`."""
    work = Call(call, args)
    running = asyncio.get_running_loop().run_in_executor(_threads, copy_context().run, work.run)
    done, _pending = await asyncio.wait([running], timeout=seconds)
    if done:
        return running.result()
    running.cancel()  # if no thread has taken it yet, none will
    running.add_done_callback(_forget)
    work.cut()
    raise Overdue(f"{getattr(call, '__qualname__', call)} took longer than {seconds} s")


def _forget(running):
    if not running.cancelled():
        running.exception()
