"""Objects inside frames, REST answers and exports: one definition each, so that a new field reaches every reader."""

from datetime import datetime
from typing import Annotated, Literal, get_args
from uuid import UUID

from pydantic import AfterValidator
from typing_extensions import Doc, TypedDict, get_type_hints

from accounts.schemas import Person

ChangeKind = Literal["message", "edit", "erase", "anonymise"]
TransportName = Literal["websocket", "sse"]


def check_timestamp(value: str) -> str:
    datetime.fromisoformat(value)
    return value


def check_uuid(value: str) -> str:
    UUID(value)
    return value


Timestamp = Annotated[str, AfterValidator(check_timestamp)]
UuidText = Annotated[str, AfterValidator(check_uuid)]


class MessageDict(TypedDict):
    """A message in a room's log; `id` is the UUID its author's client made, `at` the server's time, `html` is safe."""

    seq: Annotated[int, Doc("place in the room's log: 1, 2, 3 … without gaps")]
    version: Annotated[int, Doc("version of the room in which the message last changed")]
    id: Annotated[UuidText, Doc("made by its author's client")]
    author: Annotated[Person | None, Doc("null when the account was deleted, which comes as a change of each message")]
    text: Annotated[str, Doc("as typed; empty when erased")]
    html: Annotated[str, Doc("what to show: safe to insert into a page as it is (see *Marks*); empty when erased")]
    at: Annotated[Timestamp, Doc("time of the server, in UTC")]
    edited: bool
    erased: Annotated[bool, Doc("an erased message keeps its place")]


# As OpenAPI and the page's types call it; in Python that is the model.
MessageDict.__name__ = MessageDict.__qualname__ = "Message"


class RoomCard(TypedDict):
    """A public room; `people` counts who is in it now; `closes_at` tells when, if its owner does not come back.

    `slow_seconds` is how long everybody waits between two messages.
    """

    id: int
    kind: Literal["public"]
    name: str
    people: Annotated[int, Doc("number of people in it")]
    owner: Person | None
    default: Annotated[bool, Doc("the default room")]
    permanent: Annotated[bool, Doc("stays open without its owner")]
    slow_seconds: Annotated[int, Doc("seconds between two messages of one person; 0: not in slow mode")]
    topic: Annotated[str, Doc("what the room is about, at most 250 characters; may be empty")]
    closes_at: Annotated[Timestamp | None, Doc("when the room closes if its owner does not return")]


class ReadState(TypedDict, total=False):
    """How far a room's log goes and how far the person has read it (see *Unread*)."""

    last_seq: Annotated[int, Doc("place of the last message")]
    read_seq: Annotated[int, Doc("how far the person has read")]


class PublicRoomCard(RoomCard, ReadState):
    """A public room. In `hello`, and in `room` with `here: true`, a room one has been in has its read state too."""


DirectRoomCard = TypedDict(
    "DirectRoomCard",
    {
        "id": int,
        "kind": Literal["direct"],
        "name": Annotated[str, Doc("name of the other person")],
        "with": Annotated[Person | None, Doc("the other person; null when the account was deleted")],
        "online": Annotated[bool, Doc("whether the other person is connected")],
        "last_seq": Annotated[int, Doc("place of the last message")],
        "read_seq": Annotated[int, Doc("how far the person has read")],
    },
)
DirectRoomCard.__doc__ = "A private conversation of two people, as one of them sees it."

AnyRoomCard = PublicRoomCard | DirectRoomCard


class Place(TypedDict):
    """A room, in brief."""

    id: int
    name: str


class UserCard(Person):
    """A user in the directory: whether they are connected, and where; `age` in years, if it is known."""

    online: bool
    room: Place | None
    age: int | None


def types_of(schema: type) -> tuple[str, ...]:
    """The values of `type` on the wire that a frame's or an event's schema stands for."""
    return get_args(get_type_hints(schema)["type"])
