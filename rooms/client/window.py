"""The protocol's backpressure: what was sent to a client and not yet confirmed by a `seen` frame."""

import time
from collections import deque
from collections.abc import Mapping

UNSEEN_BYTES = 1024 * 1024
UNSEEN_MESSAGES = 2048
UNSEEN_SECONDS = 30


class Window:
    """The unconfirmed `events` frames of one client.

    A server accepts whatever is sent to a client that does not read, so the client has to say how far it has come.
    """

    def __init__(self) -> None:
        # (room id, version, characters, messages, monotonic time), oldest first
        self._unseen: deque[tuple[int, int, int, int, float]] = deque()
        self._bytes = 0
        self._messages = 0

    def add(self, room_id: int, version: int, size: int, messages: int) -> bool:
        """Note a frame of `size` characters that was sent; returns whether the window is full now."""
        self._unseen.append((room_id, version, size, messages, time.monotonic()))
        self._bytes += size
        self._messages += messages
        return self._bytes > UNSEEN_BYTES or self._messages > UNSEEN_MESSAGES

    def confirm(self, versions: Mapping[int, int]) -> None:
        """Forget what the client has seen, `{room id: version}`; frames behind one still unseen stay."""
        while self._unseen:
            room_id, version, size, messages, _at = self._unseen[0]
            if versions.get(room_id, -1) < version:
                break
            self._unseen.popleft()
            self._bytes -= size
            self._messages -= messages

    @property
    def is_overdue(self) -> bool:
        """Whether the oldest frame has been unseen for longer than `UNSEEN_SECONDS`."""
        return bool(self._unseen) and time.monotonic() - self._unseen[0][-1] > UNSEEN_SECONDS
