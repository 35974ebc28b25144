"""Queue of messages that the server has not acknowledged."""

import time
import uuid
from collections import deque

from .client_frames import SayJSON
from .server_frames import AnswerJSON

ACK_TIMEOUT_SECONDS = 30
# A longer `retry_after` comes from a room in slow mode and delays that room alone; a shorter one delays everything.
MAX_SHARED_DELAY_SECONDS = 3
RETRYABLE_ERRORS = {"slow_down", "busy", "unavailable"}


class ClientOutbox:
    """Messages and commands without an answer, in order; one at a time is in flight.

    Sending is idempotent, because each message keeps the id it got here: after a reconnection it is sent again.
    """

    def __init__(self) -> None:
        self._pending: deque[SayJSON] = deque()
        self._in_flight: tuple[str, float] | None = None  # id, and the time when its answer is overdue
        self._not_before = 0.0
        self._room_not_before: dict[int | None, float] = {}

    def __len__(self) -> int:
        return len(self._pending)

    def add(self, text: str, room: int | None = None) -> None:
        """Queue a message for `room`, or a command, which has none."""
        frame: SayJSON = {"type": "say", "id": str(uuid.uuid4()), "text": text}
        if room:
            frame["room"] = room
        self._pending.append(frame)

    def restart(self) -> None:
        """Send the message in flight again, on a new connection."""
        self._in_flight = None

    def next(self) -> SayJSON | None:
        """Return the frame to send now, and count it as in flight."""
        now = time.monotonic()
        if now < self._not_before or (self._in_flight and now < self._in_flight[1]):
            return None
        due = (frame for frame in self._pending if self._room_not_before.get(frame.get("room"), 0) <= now)
        frame = next(due, None)
        self._in_flight = (frame["id"], now + ACK_TIMEOUT_SECONDS) if frame else None
        return frame

    def settle(self, answer: AnswerJSON) -> SayJSON | None:
        """Remove the frame that `answer` belongs to, or delay it after a retryable error; return it, or None."""
        frame = next((frame for frame in self._pending if frame["id"] == answer.get("id")), None)
        if frame is None:
            return None
        self._in_flight = None
        if answer["type"] == "error" and answer["code"] in RETRYABLE_ERRORS:
            self._delay(frame, answer.get("retry_after", 1))
        else:
            self._pending.remove(frame)
        return frame

    def _delay(self, frame: SayJSON, seconds: float) -> None:
        if seconds > MAX_SHARED_DELAY_SECONDS and "room" in frame:
            self._room_not_before[frame["room"]] = time.monotonic() + seconds
        else:
            self._not_before = time.monotonic() + seconds
