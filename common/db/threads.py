"""Database calls from the event loop: a small pool of threads, and a timeout on every call.

Channels' `database_sync_to_async` would run every call of a process on one thread, one after another.
"""

import asyncio
import os
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from typing import Any, Generic, TypeVar, TypeVarTuple

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, OperationalError, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

HEALTH_CHECK_AFTER_SECONDS = 1
pending_calls = 0  # calls that run or wait for a thread

_pool = ThreadPoolExecutor(settings.DATABASE_THREADS, "database")
_outbox_thread = ThreadPoolExecutor(1, "outbox")
_lease_thread = ThreadPoolExecutor(1, "lease")
_history_thread = ThreadPoolExecutor(1, "history")


class DatabaseTimeout(OperationalError):
    """The database has not answered in time; the call may have taken effect."""


class Call(Generic[T, *Ts]):
    """One call on a database thread, whose connection can be cut from the event loop."""

    def __init__(self, call: Callable[[*Ts], T], args: tuple[*Ts]) -> None:
        self._call = call
        self._args = args
        self._connection: BaseDatabaseWrapper | None = None

    def __str__(self) -> str:
        return getattr(self._call, "__qualname__", str(self._call))

    def run(self) -> T:
        """Make the call, on the thread."""
        self._connection = connections[DEFAULT_DB_ALIAS]
        try:
            return self._call(*self._args)
        finally:
            self._connection = None
            release_connection()

    def cut(self) -> None:
        """Shut the connection's socket down, so that a thread blocked on a silent server gets an error."""
        # A call that has just ended has no connection to cut, and SQLite has no socket.
        wrapper: Any = self._connection
        with suppress(Exception), socket.socket(fileno=os.dup(wrapper.connection.fileno())) as line:
            line.shutdown(socket.SHUT_RDWR)


class FlushCall(Call[T, *Ts]):
    """One of many calls in a row on a thread of their own, which keeps its connection between them."""

    _last = float("-inf")

    def run(self) -> T:
        """Make the call; the connection is released only after an error."""
        self._connection = connections[DEFAULT_DB_ALIAS]
        if time.monotonic() > FlushCall._last + HEALTH_CHECK_AFTER_SECONDS:
            # Django then checks the idle connection before using it.
            self._connection.health_check_done = False  # type: ignore[attr-defined]
        try:
            return self._call(*self._args)
        except BaseException:
            release_connection()
            raise
        finally:
            self._connection = None
            FlushCall._last = time.monotonic()


def release_connection() -> None:
    """Return this thread's connection to the pool (PostgreSQL); on SQLite each thread keeps its file handle open."""
    if connection.vendor != "sqlite":
        connection.close()


async def in_database(call: Callable[[*Ts], T], *args: *Ts) -> T:
    """`call(*args)` on a database thread, in the active language; raises what it raises, or `DatabaseTimeout`."""
    return await run_with_timeout(Call(call, args), _pool)


async def in_outbox_thread(call: Callable[[*Ts], T], *args: *Ts) -> T:
    """Like `in_database`, on the outbox's own thread, so that no crowd of readers delays a write."""
    return await run_with_timeout(FlushCall(call, args), _outbox_thread)


async def in_history_thread(call: Callable[[*Ts], T], *args: *Ts) -> T:
    """Like `in_database`, one call after another: building rows is CPU work that holds the interpreter lock."""
    return await run_with_timeout(Call(call, args), _history_thread)


async def in_lease_thread(call: Callable[[*Ts], T], *args: *Ts) -> T:
    """Like `in_database`, past the queue of all other calls: a busy process must not lose its lease."""
    return await run_with_timeout(Call(call, args), _lease_thread)


async def run_with_timeout(
    call: Call[T, *Ts], threads: ThreadPoolExecutor, seconds: float = settings.DATABASE_TIMEOUT_SECONDS
) -> T:
    """The call's result; after `seconds` its connection is cut and `DatabaseTimeout` raised."""
    global pending_calls
    running = asyncio.get_running_loop().run_in_executor(threads, copy_context().run, call.run)
    running.add_done_callback(_retrieve_exception)
    pending_calls += 1
    try:
        done, _pending = await asyncio.wait([running], timeout=seconds)
    finally:
        pending_calls -= 1
    if done:
        return running.result()
    running.cancel()  # has an effect only while no thread has taken the call
    call.cut()
    raise DatabaseTimeout(f"{call} took longer than {seconds} s")


def _retrieve_exception(running: asyncio.Future[T]) -> None:
    """Mark the exception as seen: the coroutine that waited may have been cancelled."""
    if not running.cancelled():
        running.exception()
