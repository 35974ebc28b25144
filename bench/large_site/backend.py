"""CPU time of this thread and of its PostgreSQL backend process."""

import time
from pathlib import Path
from typing import Any

from django.db import connection


def backend_cpu_seconds() -> float:
    """The CPU time of both so far; they must run on one machine."""
    driver: Any = connection.connection
    backend = Path(f"/proc/{driver.info.backend_pid}/schedstat").read_text()
    return time.thread_time() + int(backend.split()[0]) / 1e9
