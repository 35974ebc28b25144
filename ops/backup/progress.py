"""How far long work has come, for whoever waits for it."""

import time

EVERY_SECONDS = 1


class Progress:
    """Says, at most once a second, what `stdout` (a command's) is to show."""

    def __init__(self, stdout):
        self._stdout = stdout
        self._said_at = 0.0

    def begin(self, words):
        """A new step, which is said in any case."""
        self._say(words)

    def go_on(self, words):
        if time.monotonic() - self._said_at >= EVERY_SECONDS:
            self._say(words)

    def _say(self, words):
        self._said_at = time.monotonic()
        self._stdout.write(words)
        self._stdout.flush()
