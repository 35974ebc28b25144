"""Schemas of the core's REST calls, beside those shared with the protocol."""

from typing import Annotated, Any
from uuid import UUID

from ninja import Field

from common.api.schemas import Body, BodyId, Shape
from rooms.protocol.schemas import Message, RoomCard

# Above the limit of a message, whose own check answers `too_long`.
Text = Annotated[str, Field(max_length=64 * 1024)]


class RoomList(Shape):
    rooms: list[RoomCard]


class NewRoom(Body):
    name: Annotated[str, Field(max_length=10_000)]


class Removed(Shape):
    """`room_deleted` for everybody, or `room_hidden` from one's own list; and the sentence that says so."""

    code: str
    text: str


class Log(Shape):
    """A piece of a room's log, oldest first: a page by place, or what changed since a version.

    With `since`, you are complete up to `version` of `epoch`; `reset` says to forget what you held.
    """

    room: int
    epoch: str
    version: int
    messages: list[Message]
    more: bool
    reset: bool = False


class Saying(Body):
    """`client_id` is a UUID of your own making: sent again with the same one, a message is not said twice."""

    text: Text
    client_id: UUID | None = None


class Said(Message):
    room: int
    duplicate: bool


class CommandLine(Body):
    """A '#' command; `room` is where you stand, for commands that ask."""

    text: Text
    room: BodyId | None = None
    client_id: UUID | None = None


class Reply(Shape):
    """What the socket answers in a `reply` frame."""

    ok: bool
    code: str
    text: str
    data: dict[str, Any]


class Version(Shape):
    product: str
    version: str
    protocol: int
    api: str


class Time(Shape):
    """The server's time: as a text, and in milliseconds since 1970."""

    at: str
    time: int
