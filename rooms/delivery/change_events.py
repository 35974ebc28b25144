"""The events that tell all processes what a transaction has changed, and the groups they are published to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rooms.log.outcomes import Saved, room_commits
from rooms.models import Message
from rooms.models.locked import Head
from rooms.protocol.bus_events import SavedEvent, saved

SITE_GROUP = "site"  # every process is in it


@dataclass(frozen=True, slots=True)
class RoomChange:
    """What one transaction has changed in one room, and the event that says so to the processes of its groups."""

    head: Head
    new_messages: list[Message]
    groups: list[str]
    event: SavedEvent


def room_changes(outcomes: Sequence[Saved]) -> Iterator[RoomChange]:
    """One `RoomChange` for each room of a transaction."""
    for commit in room_commits(outcomes):
        head, members = commit.head, list(commit.head.member_ids)
        changed = [message.to_dict() for message in commit.messages]
        event = saved(head.room_id, head.epoch, head.since, head.version, changed, members)
        yield RoomChange(head, commit.new_messages, groups_of(head.room_id, members), event)


def groups_of(room_id: int, member_ids: Sequence[int]) -> list[str]:
    """The groups that get a room's changes: the room's own, or those of the two people of a direct conversation."""
    return [user_group(pk) for pk in member_ids] or [room_group(room_id)]


def room_group(room_id: int) -> str:
    """The group of the processes with a client in the room."""
    return f"room.{room_id}"


def user_group(user_id: int) -> str:
    """The group of the processes with a client of the user."""
    return f"user.{user_id}"
