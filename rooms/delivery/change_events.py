"""The events that tell all processes what a transaction has changed, and the groups they are published to."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rooms.log.changes import Saved
from rooms.log.sql import Head
from rooms.models import Message

Event = dict[str, Any]

SITE_GROUP = "site"  # every process is in it


@dataclass(frozen=True, slots=True)
class RoomChange:
    """What one transaction has changed in one room: the messages in version order, and the event that says so."""

    head: Head
    messages: list[Message]
    groups: list[str]
    event: Event


def room_changes(outcomes: Sequence[Saved]) -> Iterator[RoomChange]:
    """One `RoomChange` for each room of a transaction."""
    by_room: dict[int, dict[int, Message]] = defaultdict(dict)
    heads: dict[int, Head] = {}
    for outcome in outcomes:
        heads[outcome.head.room_id] = outcome.head
        by_room[outcome.head.room_id][outcome.message.seq] = outcome.message
    for room_id, head in heads.items():
        messages = sorted(by_room[room_id].values(), key=lambda message: message.version)
        event = saved_event(room_id, head.epoch, head.since, head.version, messages, head.member_ids)
        yield RoomChange(head, messages, groups_of(room_id, head.member_ids), event)


def saved_event(
    room_id: int, epoch: str, since: int, version: int, messages: Sequence[Message] = (), members: Sequence[int] = ()
) -> Event:
    """The event `saved`: what changed after `since`, up to `version`; `members` are those of a direct conversation."""
    return {
        "type": "saved",
        "room": room_id,
        "epoch": epoch,
        "since": since,
        "version": version,
        "messages": [message.to_dict() for message in messages],
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
