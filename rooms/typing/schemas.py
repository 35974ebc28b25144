"""Schemas of the frames of the typing indicator."""

from typing import Annotated, Literal

from typing_extensions import Doc, TypedDict

from accounts.schemas import Person
from rooms.protocol.client_frames import Natural, ReadingFrame
from rooms.protocol.server_frames import RoomId


class SendTypingFrame(ReadingFrame):
    """Shows that the person is writing. Repeat it every 3 s while they do. Answer: none."""

    type: Literal["typing"]
    room: Annotated[Natural, Doc("the room you are in, or a private conversation")]


CLIENT_FRAMES = (SendTypingFrame,)


class TypingFrame(TypedDict):
    """Shows who is writing. Forget it after 5 s, or when a message of theirs comes. It may be lost."""

    type: Literal["typing"]
    room: RoomId
    users: list[Person]


def typing(room_id: int, users: list[Person]) -> TypingFrame:
    return {"type": "typing", "room": room_id, "users": users}


SERVER_FRAMES = (TypingFrame,)
