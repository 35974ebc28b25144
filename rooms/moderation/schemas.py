"""Schemas of the frames of moderation, reports and blocks."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import Doc, TypedDict

from accounts.schemas import Person
from rooms.protocol.client_frames import ClientFrame, FrameId, Natural, ReadingFrame, RoomId, Seq
from rooms.protocol.limits import SHORT_TEXT_CHARACTERS
from rooms.protocol.schemas import Timestamp

MAX_SLOW_SECONDS = 3600

ModerationAction = Literal["mute", "unmute", "remove", "ban", "unban", "hand_over"]
UserIdOrName = Annotated[Natural | str, Doc("id or name of the user")]


class ModerateFrame(ClientFrame):
    """Moderates a user in a room (see *Moderation*). Answer: `reply`, or `error`."""

    type: Literal["moderate"]
    id: FrameId
    room: RoomId
    action: ModerationAction
    user: UserIdOrName


class SlowFrame(ClientFrame):
    """Turns slow mode of a room on or off. Answer: `reply` with the code `slow_mode`, or `error`."""

    type: Literal["slow"]
    id: FrameId
    room: RoomId
    seconds: Annotated[
        int, Field(ge=0, le=MAX_SLOW_SECONDS), Doc("between two messages of one person; 0 turns slow mode off")
    ]


class BannedFrame(ReadingFrame):
    """Lists the users who may not enter a room.

    Answer: `reply` with the code `kept_out` and `data` {`room`, `users` [{`id`, `name`, `until`}]}, or `error`.
    """

    type: Literal["banned"]
    id: FrameId
    room: RoomId


class ReportFrame(ClientFrame):
    """Reports a message to staff, with its text as it is now. Answer: `reply` with the code `reported`, or `error`."""

    type: Literal["report"]
    id: FrameId
    room: RoomId
    seq: Seq
    why: Annotated[str, Field(max_length=SHORT_TEXT_CHARACTERS)] = ""


class BlockFrame(ClientFrame):
    """Blocks a user, whose private messages are refused from then on; or unblocks them.

    Answer: `reply` with the code `blocked` or `unblocked`, or `error`; `blocked` to all clients of the person.
    """

    type: Literal["block"]
    id: FrameId
    user: UserIdOrName
    blocked: Annotated[bool, Doc("default: true")] = True


class BlockedFrame(TypedDict):
    """Lists all whose messages one does not receive in private; fold their messages in rooms."""

    type: Literal["blocked"]
    users: list[Person]


def blocked(users: list[Person]) -> BlockedFrame:
    return {"type": "blocked", "users": users}


SERVER_FRAMES = (BlockedFrame,)
CLIENT_FRAMES = (ModerateFrame, SlowFrame, BannedFrame, ReportFrame, BlockFrame)


class BannedMember(Person):
    """A user who may not enter a room."""

    until: Annotated[Timestamp | None, Doc("null: banned, until they are unbanned")]


class BannedMembers(TypedDict):
    """`data` of the reply to `banned`."""

    room: Annotated[int, Doc("id of the room")]
    users: list[BannedMember]


REPLY_DATA = (BannedMembers,)
