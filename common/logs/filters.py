"""Log filters."""

import logging

import redis.exceptions
from django.core.exceptions import SuspiciousOperation
from django.db import InterfaceError, InternalError, OperationalError

FAULTS = (
    OperationalError,
    InterfaceError,
    InternalError,
    SuspiciousOperation,
    redis.exceptions.ConnectionError,
    redis.exceptions.TimeoutError,
    ConnectionError,
)


class OneLineFaults(logging.Filter):
    """Log an unreachable database or Redis, and suspicious requests, in one line without a traceback.

    Tracebacks are kept for bugs.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Return true; shortens the record."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, FAULTS):
            text = " ".join(f"{type(error).__name__}: {error}".split())
            record.msg, record.args = f"{record.getMessage()}: {text}", None
            record.exc_info = record.exc_text = None
        return True
