"""What any server process can tell of itself."""

import asyncio
import os
import resource
import threading
import time
from pathlib import Path

from django.db import connection

from .registry import Counter, Gauge, Histogram

STARTED_AT = time.time()
PAGE_BYTES = resource.getpagesize()
# As psycopg_pool calls them, and as we do.
POOL = {"pool_size": "open", "pool_available": "idle", "requests_waiting": "waiting"}

requests = Counter("requests_total", "HTTP requests by status.", "status")
rest_errors = Counter("rest_errors_total", "Refusals told over REST, by code.", "code")
request_seconds = Histogram("request_seconds", "How long HTTP requests took.")


def memory_bytes():
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_BYTES


def processor_seconds():
    return sum(os.times()[:2])


def pool():
    """The database's connection pool; nothing on SQLite."""
    stats = pool_stats()
    return {ours: stats.get(theirs, 0) for theirs, ours in POOL.items()} if stats else {}


def pool_stats():
    found = getattr(connection, "pool", None)
    return found.get_stats() if found else {}


Gauge("up", "1 for each worker that answers.", lambda: 1)
Gauge("started_at_seconds", "When the process began, in Unix time.", lambda: STARTED_AT)
Gauge("memory_bytes", "Resident memory.", memory_bytes)
Gauge("processor_seconds_total", "Processor time used.", processor_seconds, kind="counter")
Gauge("files", "Open files and sockets.", lambda: len(os.listdir("/proc/self/fd")))  # noqa: PTH208, counted only
Gauge("threads", "Threads.", threading.active_count)
Gauge("tasks", "Tasks of the event loop.", lambda: len(asyncio.all_tasks()))
Gauge("pool_connections", "Database connections: open, idle, and how many wait for one.", pool, "state")
Gauge(
    "pool_waits_total",
    "How often a database connection had to be waited for.",
    lambda: pool_stats().get("requests_queued", 0),
    kind="counter",
)
Gauge(
    "pool_wait_seconds_total",
    "How long database connections were waited for, all together.",
    lambda: pool_stats().get("requests_wait_ms", 0) / 1000,
    kind="counter",
)
