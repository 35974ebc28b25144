"""The database from the event loop: a small pool of threads of our own, and an end to every wait.

Channels would run every call of a process on one thread, one after another.
"""

import asyncio
import os
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, OperationalError, connection, connections

IDLE_SECONDS = 1
calls_under_way = 0  # those that wait for a thread included

_threads = ThreadPoolExecutor(settings.DATABASE_THREADS, "database")
_outbox_thread = ThreadPoolExecutor(1, "outbox")
_lease_thread = ThreadPoolExecutor(1, "lease")
_page_thread = ThreadPoolExecutor(1, "page")


class Overdue(OperationalError):
    """The database has not answered in time. What was asked of it may still have happened."""


class Call:
    """One call on a database thread, whose connection can be cut from outside."""

    def __init__(self, call, args):
        self._call = call
        self._args = args
        self._connection: Any = None

    def __str__(self):
        return getattr(self._call, "__qualname__", str(self._call))

    def run(self):
        self._connection = connections[DEFAULT_DB_ALIAS]
        try:
            return self._call(*self._args)
        finally:
            self._connection = None
            let_go()

    def cut(self):
        """Free the thread from a server that says nothing: the peer seems gone, and the call raises."""
        # Whatever has ended meanwhile needs no cutting, and SQLite has no line to cut.
        with suppress(Exception), socket.socket(fileno=os.dup(self._connection.connection.fileno())) as line:
            line.shutdown(socket.SHUT_RDWR)


class Flush(Call):
    """One of many calls after another on one thread, which keeps its connection as long as all goes well."""

    _last = float("-inf")

    def run(self):
        self._connection = connections[DEFAULT_DB_ALIAS]
        if time.monotonic() > Flush._last + IDLE_SECONDS:
            self._connection.health_check_done = False  # Django looks whether the server is still there
        try:
            return self._call(*self._args)
        except BaseException:
            let_go()
            raise
        finally:
            self._connection = None
            Flush._last = time.monotonic()


def let_go():
    """PostgreSQL: hand the connection back to the pool. SQLite: each thread keeps its own file handle open."""
    if connection.vendor != "sqlite":
        connection.close()


async def in_database(call, *args):
    """`call(*args)` on a database thread, in the language active here; raises what it raises, or `Overdue`."""
    return await finish(Call(call, args), _threads)


async def in_outbox(call, *args):
    """As `in_database`, on a thread for these alone: no crowd that reads keeps a message from being written."""
    return await finish(Flush(call, args), _outbox_thread)


async def on_page_thread(call, *args):
    """The same one after another: of the processor's time many rows take most, and each thread more makes all wait."""
    return await finish(Call(call, args), _page_thread)


async def finish(work, threads, seconds=settings.DATABASE_TIMEOUT_SECONDS):
    """What `work` answers on one of the threads; `Overdue`, and its connection cut, if it takes longer."""
    global calls_under_way
    running = asyncio.get_running_loop().run_in_executor(threads, copy_context().run, work.run)
    running.add_done_callback(_forget)  # whoever waits may be cancelled, and ask no more what became of it
    calls_under_way += 1
    try:
        done, _pending = await asyncio.wait([running], timeout=seconds)
    finally:
        calls_under_way -= 1
    if done:
        return running.result()
    running.cancel()  # if no thread has taken it yet, none will
    work.cut()
    raise Overdue(f"{work} took longer than {seconds} s")


async def on_lease_thread(call, *args):
    """The same past the queue of all others: a busy process must not count as a dead one."""
    return await finish(Call(call, args), _lease_thread)


def _forget(running):
    if not running.cancelled():
        running.exception()
