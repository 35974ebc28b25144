"""Progress messages of long commands."""

import time
from typing import Protocol

INTERVAL_SECONDS = 1


class Output(Protocol):
    """The part of a command's `stdout` that is used here."""

    def write(self, text: str, /) -> object: ...

    def flush(self) -> object: ...


class Progress:
    """Writes messages to a command's output."""

    def __init__(self, stdout: Output) -> None:
        self._stdout = stdout
        self._written_at = 0.0

    def begin(self, sentence: str) -> None:
        """Write the message of a new step."""
        self._write(sentence)

    def update(self, sentence: str) -> None:
        """Write a message within a step, at most one each `INTERVAL_SECONDS`."""
        if time.monotonic() - self._written_at >= INTERVAL_SECONDS:
            self._write(sentence)

    def _write(self, sentence: str) -> None:
        self._written_at = time.monotonic()
        self._stdout.write(sentence)
        self._stdout.flush()
