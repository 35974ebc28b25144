"""Accepting of connections: one in each turn of the event loop, and all pending ones at shutdown."""

import contextlib
import select
from typing import Any

# A connection takes two milliseconds to set up: other events are handled between two of them.
ACCEPTS_PER_TURN = 1
MAX_ROUNDS = 100  # each accepts many; without free file descriptors a round accepts none


def limit_accepts(port: Any) -> None:
    """Make a Twisted port accept `ACCEPTS_PER_TURN` connections in a turn; Twisted adapts the number otherwise."""
    accept = port.doRead

    def accept_few() -> None:
        port.numberAccepts = ACCEPTS_PER_TURN
        accept()

    port.doRead = accept_few


def accept_pending(port: Any) -> None:
    """Accept all connections in the kernel's backlog: closing the port would reset them."""
    del port.doRead  # remove the limit
    with contextlib.suppress(OSError, ValueError):
        for _round in range(MAX_ROUNDS):
            if not select.select([port.socket], [], [], 0)[0]:
                break
            port.doRead()
