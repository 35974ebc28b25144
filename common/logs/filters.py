"""What the log says of faults that are nobody's bug."""

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
)


class OneLineFaults(logging.Filter):
    """A database or a Redis that is away, or a stranger's odd request, is told in one line.

    A traceback is for what a programmer has to mend.
    """

    def filter(self, record):
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, (*FAULTS, ConnectionError)):
            words = " ".join(f"{type(error).__name__}: {error}".split())
            record.msg, record.args = f"{record.getMessage()}: {words}", None
            record.exc_info = record.exc_text = None
        return True
