"""What the server says (docs/protocol.md), as strict schemas: a field too many, too few or mistyped is a fault."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

Seconds = int | float


class ResponseSchema(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class Person(ResponseSchema):
    id: int
    name: str


class Limits(ResponseSchema):
    text: int
    frame: int


class PublicRoom(ResponseSchema):
    id: int
    kind: Literal["public"]
    name: str
    people: int
    owner: Person | None
    default: bool
    permanent: bool
    slow_seconds: int
    closes_at: datetime | None
    last_seq: int = 0
    read_seq: int = 0


class Conversation(ResponseSchema):
    id: int
    kind: Literal["direct"]
    name: str
    with_: Annotated[Person | None, Field(alias="with")]
    online: bool
    last_seq: int
    read_seq: int


AnyRoom = Annotated[PublicRoom | Conversation, Field(discriminator="kind")]


class Message(ResponseSchema):
    seq: int
    version: int
    id: UUID
    author: Person | None
    text: str
    html: str
    at: datetime
    edited: bool
    erased: bool


class Hello(ResponseSchema):
    type: Literal["hello"]
    protocol: int
    version: str
    user: Person
    time: datetime
    room: int
    rooms: list[PublicRoom]
    conversations: list[Conversation]
    blocked: list[Person]
    limits: Limits


class Ack(ResponseSchema):
    type: Literal["ack"]
    id: str
    room: int
    seq: int
    version: int
    at: datetime
    duplicate: bool


class Reply(ResponseSchema):
    type: Literal["reply"]
    id: str
    ok: bool
    code: str
    text: str
    data: dict


class Error(ResponseSchema):
    type: Literal["error"]
    id: str | None
    code: str
    text: str
    retry_after: Seconds = 0
    field: str = ""


class Events(ResponseSchema):
    type: Literal["events"]
    room: int
    epoch: str
    since: int
    version: int
    messages: list[Message]
    reset: bool = False
    more: bool = False


class Page(ResponseSchema):
    type: Literal["page"]
    id: str | None
    room: int
    messages: list[Message]
    more: bool


class RoomNews(ResponseSchema):
    type: Literal["room"]
    id: str | None = None
    here: bool = False
    room: AnyRoom


class Rooms(ResponseSchema):
    type: Literal["rooms"]
    rooms: list[PublicRoom]


class RoomGone(ResponseSchema):
    type: Literal["room_gone"]
    room: int
    name: str
    reason: Literal["deleted", "closed", "hidden", "removed"]
    text: str


class People(ResponseSchema):
    type: Literal["people"]
    room: int
    count: int
    names: list[str]
    muted: list[str]


class Blocked(ResponseSchema):
    type: Literal["blocked"]
    users: list[Person]


class Mark(ResponseSchema):
    room: int
    last_seq: int = 0
    read_seq: int = 0


class Unread(ResponseSchema):
    type: Literal["unread"]
    rooms: list[Mark]


class Typing(ResponseSchema):
    type: Literal["typing"]
    room: int
    users: list[Person]


class Notice(ResponseSchema):
    type: Literal["notice"]
    room: int | None
    code: str
    text: str
    data: dict


class Pong(ResponseSchema):
    type: Literal["pong"]
    t: int | float
    time: int


class Bye(ResponseSchema):
    type: Literal["bye"]
    retry_after: Seconds


class Echo(ResponseSchema):
    type: Literal["echo"]
    id: str
    text: str


class Watching(ResponseSchema):
    type: Literal["watching"]
    id: str | None
    server: str
    channel_layer: Literal["redis", "none"]
    transport: Literal["websocket", "sse"]
    event_seconds: int


class ServerEvent(ResponseSchema):
    type: Literal["server_event"]
    number: int
    at: datetime
    server: str


AnyServerFrame = Annotated[
    Hello | Ack | Reply | Error | Events | Page | RoomNews | Rooms | RoomGone | People | Notice | Pong | Bye
    | Blocked | Unread | Typing | Echo | Watching | ServerEvent,
    Field(discriminator="type"),
]  # fmt: skip
SERVER_FRAMES: TypeAdapter[AnyServerFrame] = TypeAdapter(AnyServerFrame)
