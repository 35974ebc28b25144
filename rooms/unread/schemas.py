"""Schemas of the frames of read state."""

from typing import Annotated, Literal

from typing_extensions import Doc, TypedDict

from rooms.protocol.client_frames import Natural, ReadingFrame, RoomId
from rooms.protocol.schemas import ReadState


class ReadFrame(ReadingFrame):
    """Marks a room as read up to a message (see *Unread*).

    Answer: `unread` to all clients of the person if the marker has risen, or `error`.
    """

    type: Literal["read"]
    room: RoomId
    seq: Annotated[Natural, Doc("place of the last message that was read")]


CLIENT_FRAMES = (ReadFrame,)


class UnreadState(ReadState):
    """Read state of one room."""

    room: Annotated[int, Doc("id of the room")]


class UnreadFrame(TypedDict):
    """Brings places of last messages and read markers that have risen; sent once a second at most (see *Unread*)."""

    type: Literal["unread"]
    rooms: list[UnreadState]


def unread(rooms: list[UnreadState]) -> UnreadFrame:
    return {"type": "unread", "rooms": rooms}


SERVER_FRAMES = (UnreadFrame,)
