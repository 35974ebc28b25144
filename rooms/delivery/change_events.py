"""The events that tell all processes what a transaction has changed, and the groups they are published to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rooms.log.outcomes import RoomCommit, Saved, room_commits
from rooms.models import Message
from rooms.models.locked import Head

Event = dict[str, Any]

SITE_GROUP = "site"  # every process is in it


@dataclass(frozen=True, slots=True)
class RoomChange:
    """What one transaction has changed in one room, and the event that says so to the processes of its groups."""

    head: Head
    new_messages: list[Message]
    groups: list[str]
    event: Event


def room_changes(outcomes: Sequence[Saved]) -> Iterator[RoomChange]:
    """One `RoomChange` for each room of a transaction."""
    for commit in room_commits(outcomes):
        head = commit.head
        event = saved_event(head.room_id, head.epoch, head.since, head.version, commit, head.member_ids)
        yield RoomChange(head, commit.new_messages, groups_of(head.room_id, head.member_ids), event)


def saved_event(
    room_id: int, epoch: str, since: int, version: int, commit: RoomCommit | None = None, members: Sequence[int] = ()
) -> Event:
    """The event `saved`: what changed after `since`, up to `version`; `members` are those of a direct conversation.

    `kinds` are those of the messages' changes, beside the messages, whose shape is public.
    """
    return {
        "type": "saved",
        "room": room_id,
        "epoch": epoch,
        "since": since,
        "version": version,
        "messages": [message.to_dict() for message in commit.messages] if commit else [],
        "kinds": commit.kinds if commit else [],
        "members": list(members),
    }


def groups_of(room_id: int, member_ids: Sequence[int]) -> list[str]:
    """The groups that get a room's changes: the room's own, or those of the two people of a direct conversation."""
    return [user_group(pk) for pk in member_ids] or [room_group(room_id)]


def room_group(room_id: int) -> str:
    """The group of the processes with a client in the room."""
    return f"room.{room_id}"


def user_group(user_id: int) -> str:
    """The group of the processes with a client of the user."""
    return f"user.{user_id}"
