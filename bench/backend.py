"""The PostgreSQL process behind our connection."""

import time
from pathlib import Path

from django.db import connection


def cpu_seconds():
    """What this thread and its PostgreSQL backend have worked so far; needs the two on one machine."""
    backend = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat").read_text()
    return time.thread_time() + int(backend.split()[0]) / 1e9
