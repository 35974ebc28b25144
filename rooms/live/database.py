"""The database from the event loop: a small pool of threads of our own.

Channels would run every call of a process on one thread, one after another.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

from django.conf import settings
from django.db import connection

_threads = ThreadPoolExecutor(settings.DATABASE_THREADS, "database")


async def in_database(call, *args):
    """`call(*args)` on a database thread, in the language active here; raises what it raises."""
    context = copy_context()
    return await asyncio.get_running_loop().run_in_executor(_threads, context.run, _with_connection, call, args)


def _with_connection(call, args):
    try:
        return call(*args)
    finally:
        # PostgreSQL: hands the connection back to the pool. SQLite: each thread keeps its own file handle open.
        if connection.vendor != "sqlite":
            connection.close()
