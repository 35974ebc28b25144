"""What a client was told and has not yet said it has seen: the protocol's back-pressure."""

import time
from collections import deque

UNSEEN_BYTES = 1024 * 1024
UNSEEN_MESSAGES = 2048
UNSEEN_SECONDS = 30


class Window:
    """Servers take whatever is sent to a client that does not read; so the client says how far it has come."""

    def __init__(self):
        self._unseen = deque()  # (room id, version, bytes, messages, monotonic time), oldest first
        self._bytes = 0
        self._messages = 0

    def add(self, room_id, version, size, messages):
        """Remember an `events` frame of so many characters and messages; whether the window is full now."""
        self._unseen.append((room_id, version, size, messages, time.monotonic()))
        self._bytes += size
        self._messages += messages
        return self._bytes > UNSEEN_BYTES or self._messages > UNSEEN_MESSAGES

    def seen(self, versions):
        """`versions` is `{room id: version}`; what came after something still unseen waits its turn."""
        while self._unseen:
            room_id, version, size, messages, _at = self._unseen[0]
            if versions.get(room_id, -1) < version:
                break
            self._unseen.popleft()
            self._bytes -= size
            self._messages -= messages

    @property
    def is_overdue(self):
        return bool(self._unseen) and time.monotonic() - self._unseen[0][-1] > UNSEEN_SECONDS
