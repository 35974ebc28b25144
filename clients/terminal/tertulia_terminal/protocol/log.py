"""Deduplication of a room's messages, and the cursor to resume from."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from .objects import MessageJSON
from .server_frames import EventsJSON

MAX_VERSIONS_KEPT = 500


@dataclass
class RoomLog:
    """Cursor in one room's log (`epoch` and `version`), and the versions of the latest messages received.

    `first_seq` is the sequence number of the oldest message received.
    """

    epoch: str = ""
    version: int = 0
    first_seq: int | None = None
    versions: dict[int, int] = field(default_factory=dict)

    def apply(self, frame: EventsJSON) -> list[tuple[MessageJSON, bool]]:
        """Return the new or changed messages by `seq`, each with whether it changes one received before."""
        reset = frame.get("reset", False)
        if reset:
            self.versions, self.first_seq, self.version = {}, None, 0
        # A frame that continues from beyond the cursor leaves a gap: the cursor stays before it.
        if reset or not self.epoch or frame["since"] <= self.version:
            self.epoch, self.version = frame["epoch"], max(self.version, frame["version"])
        return self.apply_messages(frame["messages"])

    def apply_messages(self, messages: Iterable[MessageJSON]) -> list[tuple[MessageJSON, bool]]:
        """Return the new or changed ones of messages that do not move the cursor, such as those of a `page`."""
        changes = []
        for message in sorted(messages, key=lambda message: message["seq"]):
            known = self.versions.get(message["seq"])
            if known is None or known < message["version"]:
                changes.append((message, known is not None))
                self.versions[message["seq"]] = message["version"]
            self.first_seq = min(self.first_seq or message["seq"], message["seq"])
        for seq in sorted(self.versions)[:-MAX_VERSIONS_KEPT]:
            del self.versions[seq]
        return changes
