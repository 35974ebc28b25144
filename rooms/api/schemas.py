"""Schemas of the core's REST calls, beside those shared with the protocol."""

from typing import Annotated, Any
from uuid import UUID

from ninja import Field

from common.api.schemas import BodyId, RequestSchema, ResponseSchema
from rooms.protocol.schemas import MessageDict, RoomCard

# Above the limit of a message, whose own check answers `too_long`.
Text = Annotated[str, Field(max_length=64 * 1024)]


class RoomList(ResponseSchema):
    rooms: list[RoomCard]


class NewRoom(RequestSchema):
    name: Annotated[str, Field(max_length=10_000)]


class Removed(ResponseSchema):
    """`room_deleted` for everybody, or `room_hidden` from one's own list; and the sentence that says so."""

    code: str
    text: str


class Log(ResponseSchema):
    """A piece of a room's log, oldest first: a page by place, or what changed since a version.

    With `since`, you are complete up to `version` of `epoch`; `reset` says to forget what you held.
    """

    room: int
    epoch: str
    version: int
    messages: list[MessageDict]
    more: bool
    reset: bool = False


class Saying(RequestSchema):
    """`client_id`, a UUID made by the client, is an idempotency key: a retry with it stores no second message."""

    text: Text
    client_id: UUID | None = None


class Said(MessageDict):
    room: int
    duplicate: bool


class CommandLine(RequestSchema):
    """A '#' command; `room` is the id of the caller's current room, for commands that need one."""

    text: Text
    room: BodyId | None = None
    client_id: UUID | None = None


class Reply(ResponseSchema):
    """What the socket answers in a `reply` frame."""

    ok: bool
    code: str
    text: str
    data: dict[str, Any]


class Version(ResponseSchema):
    product: str
    version: str
    protocol: int
    api: str


class Time(ResponseSchema):
    """The server's time: as a text, and in milliseconds since 1970."""

    at: str
    time: int
