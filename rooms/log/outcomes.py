"""Outcomes of a write, and what a transaction changed in each room."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from rooms.models import Message
from rooms.models.locked import Head
from rooms.protocol.errors import ChatError
from rooms.protocol.schemas import ChangeKind


@dataclass(frozen=True, slots=True)
class Saved:
    """A stored message with its author loaded; `duplicate`: a retry, which changed nothing."""

    message: Message
    head: Head
    duplicate: bool
    kind: ChangeKind


Outcome = Saved | ChatError


@dataclass(slots=True)
class RoomCommit:
    """The changes of one transaction in one room: each changed message once, in version order, with its kind."""

    head: Head
    messages: list[Message] = field(default_factory=list)
    kinds: list[ChangeKind] = field(default_factory=list)

    @property
    def new_messages(self) -> list[Message]:
        return [message for message, kind in zip(self.messages, self.kinds, strict=True) if kind == "message"]


def room_commits(outcomes: Iterable[Saved]) -> list[RoomCommit]:
    """The outcomes of one transaction, without its duplicates, by room."""
    last = {(outcome.head.room_id, outcome.message.seq): outcome for outcome in outcomes}
    commits: dict[int, RoomCommit] = {}
    for outcome in sorted(last.values(), key=lambda outcome: outcome.message.version):
        commit = commits.setdefault(outcome.head.room_id, RoomCommit(outcome.head))
        commit.messages.append(outcome.message)
        commit.kinds.append(outcome.kind)
    return list(commits.values())
