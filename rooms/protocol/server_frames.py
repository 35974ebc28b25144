"""Schemas of the core's server frames: plain dicts, made in `frames.py`. Features have theirs in `schemas.py`."""

from typing import Annotated, Literal, NotRequired

from typing_extensions import Doc, TypedDict

from accounts.schemas import Person

from .limits import LISTED_NAMES, Limits
from .schemas import AnyRoomCard, DirectRoomCard, MessageDict, PublicRoomCard, Timestamp

RoomId = Annotated[int, Doc("id of the room")]
AnswerId = Annotated[str, Doc("`id` of the client's frame")]
Sentence = Annotated[str, Doc("a sentence in the reader's language")]
GoneReason = Literal["deleted", "closed", "hidden", "removed"]


class HelloFrame(TypedDict):
    """Begins a connection."""

    type: Literal["hello"]
    protocol: Annotated[int, Doc("version of the protocol (see *Releases*)")]
    version: Annotated[str, Doc("version of the product")]
    user: Annotated[Person, Doc("the person who is connected")]
    time: Annotated[Timestamp, Doc("time of the server")]
    room: Annotated[int, Doc("id of the room you are in")]
    rooms: Annotated[list[PublicRoomCard], Doc("public rooms on the person's list")]
    conversations: Annotated[list[DirectRoomCard], Doc("private conversations of the person")]
    blocked: Annotated[list[Person], Doc("people whose messages one does not receive")]
    limits: Annotated[Limits, Doc("characters of a message's text, bytes of a client's frame")]


class AckFrame(TypedDict):
    """Answers a message, an edit or an erasure: it is stored."""

    type: Literal["ack"]
    id: AnswerId
    room: RoomId
    seq: Annotated[int, Doc("place of the message")]
    version: Annotated[int, Doc("version of the room with this change")]
    at: Annotated[Timestamp, Doc("time of the message")]
    duplicate: Annotated[bool, Doc("true: it had been stored before")]


class ReplyBody(TypedDict):
    """The answer of a command, without the `id` of the frame that it answers."""

    ok: bool
    code: str
    text: Sentence
    data: Annotated[dict[str, object], Doc("depends on `code` (see *Commands*)")]


class ReplyFrame(ReplyBody):
    """Answers a command, or a frame that acts like one."""

    type: Literal["reply"]
    id: AnswerId


class ErrorFrame(TypedDict):
    """Refuses a frame; or gives the reason why the server closes the connection (see *Errors*)."""

    type: Literal["error"]
    id: Annotated[str | None, Doc("`id` of the client's frame, if it had one")]
    code: str
    text: Sentence
    retry_after: NotRequired[Annotated[float, Doc("seconds until the same frame may succeed")]]
    field: NotRequired[Annotated[str, Doc("the field at fault")]]


class EventsFrame(TypedDict):
    """Brings new and changed messages of a room, in the order of `version`; with `reset`, in the order of `seq`."""

    type: Literal["events"]
    room: RoomId
    epoch: Annotated[str, Doc("name of the log: if it changes, forget what you held of the room")]
    since: Annotated[int, Doc("version which this continues")]
    version: Annotated[int, Doc("you are complete up to here")]
    messages: list[MessageDict]
    reset: NotRequired[Annotated[bool, Doc("true: forget what you held of this room")]]
    more: NotRequired[Annotated[bool, Doc("with `reset`: there are older messages")]]


class PageFrame(TypedDict):
    """Answers `history`."""

    type: Literal["page"]
    id: Annotated[str | None, Doc("`id` of the client's frame")]
    room: RoomId
    messages: Annotated[list[MessageDict], Doc("the oldest first")]
    more: Annotated[bool, Doc("there are further ones in that direction")]


class RoomFrame(TypedDict):
    """Shows the state of a room, new or changed."""

    type: Literal["room"]
    id: NotRequired[Annotated[str | None, Doc("`id` of the client's frame, if it answers one")]]
    here: NotRequired[Annotated[bool, Doc("true: you are in this room now")]]
    room: AnyRoomCard


class RoomsFrame(TypedDict):
    """Shows public rooms that are new or changed; sent once a second at most."""

    type: Literal["rooms"]
    rooms: list[PublicRoomCard]


class RoomGoneFrame(TypedDict):
    """Takes a room off the list. If you were in it, a `room` with `here: true` follows."""

    type: Literal["room_gone"]
    room: RoomId
    name: str
    reason: GoneReason
    text: Sentence


class PeopleFrame(TypedDict):
    """Lists the people in the room you are in."""

    type: Literal["people"]
    room: RoomId
    count: int
    names: Annotated[list[str], Doc(f"sorted, at most {LISTED_NAMES}")]
    muted: Annotated[list[str], Doc(f"those of them who are muted there, at most {LISTED_NAMES}")]


class NoticeData(TypedDict, total=False):
    """Data of a notice: which fields depends on its `code`."""

    name: Annotated[str, Doc("`welcome`, `joined`, `left`: that person; `announcement`: its author")]
    owner: Annotated[str, Doc("name of the owner: `countdown`, `room_stays`, `handed_over`")]
    seconds: Annotated[int, Doc("`countdown`: until the room closes; `slow_mode`: between two messages")]
    closes_at: Annotated[Timestamp, Doc("`countdown`: when the room closes")]


class NoticeFrame(TypedDict):
    """Brings a sentence to be shown once; it is never stored (see *Notices*)."""

    type: Literal["notice"]
    room: Annotated[int | None, Doc("id of the room; null: sent to everybody")]
    code: str
    text: Sentence
    data: NoticeData


class PongFrame(TypedDict):
    """Answers `ping`."""

    type: Literal["pong"]
    t: Annotated[int | float, Doc("`t` of the `ping`")]
    time: Annotated[int, Doc("time of the server, in milliseconds since 1970")]


class ByeFrame(TypedDict):
    """Says that the server is about to close the connection."""

    type: Literal["bye"]
    retry_after: Annotated[float, Doc("seconds: connect again then")]


ServerFrame = (
    HelloFrame | AckFrame | ReplyFrame | ErrorFrame | EventsFrame | PageFrame | RoomFrame | RoomsFrame | RoomGoneFrame
    | PeopleFrame | NoticeFrame | PongFrame | ByeFrame
)  # fmt: skip
