"""Metrics of the server process itself, its HTTP requests and its database connections."""

import asyncio
import os
import resource
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from django.db import connection

from .registry import Counter, Gauge, Histogram

STARTED_AT = time.time()
PAGE_BYTES = resource.getpagesize()
POOL_STATES = {"pool_size": "open", "pool_available": "idle", "requests_waiting": "waiting"}  # psycopg_pool's: ours

requests = Counter("requests_total", "HTTP requests by status.", "status")
rest_errors = Counter("rest_errors_total", "Errors answered over REST, by code.", "code")
request_seconds = Histogram("request_seconds", "Duration of HTTP requests.")


def memory_bytes() -> int:
    """Return the resident memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_BYTES


def processor_seconds() -> float:
    """Return the processor time used, user and system."""
    return sum(os.times()[:2])


def pool_connections() -> dict[str, float]:
    """Return the connection pool's counts by state; empty on SQLite."""
    stats = pool_stats()
    return {state: stats.get(name, 0) for name, state in POOL_STATES.items()} if stats else {}


def pool_stats() -> Mapping[str, float]:
    """Return psycopg_pool's statistics; empty on SQLite."""
    pool = getattr(connection, "pool", None)
    stats: Mapping[str, float] = pool.get_stats() if pool else {}
    return stats


Gauge("up", "1 for each worker that answers.", lambda: 1)
Gauge("started_at_seconds", "Start of the process, in Unix time.", lambda: STARTED_AT)
Gauge("memory_bytes", "Resident memory.", memory_bytes)
Gauge("processor_seconds_total", "Processor time used.", processor_seconds, kind="counter")
Gauge("files", "Open files and sockets.", lambda: len(os.listdir("/proc/self/fd")))  # noqa: PTH208, counted only
Gauge("threads", "Threads.", threading.active_count)
Gauge("tasks", "Tasks of the event loop.", lambda: len(asyncio.all_tasks()))
Gauge("pool_connections", "Database connections: open, idle, and calls that wait for one.", pool_connections, "state")
Gauge(
    "pool_waits_total",
    "Waits for a database connection.",
    lambda: pool_stats().get("requests_queued", 0),
    kind="counter",
)
Gauge(
    "pool_wait_seconds_total",
    "Total time of waits for a database connection.",
    lambda: pool_stats().get("requests_wait_ms", 0) / 1000,
    kind="counter",
)
