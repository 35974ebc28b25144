"""Frames from the server: those this client uses, with the fields it uses."""

from typing import Literal, NotRequired, TypedDict

from .objects import MessageJSON, PersonJSON, RoomJSON, UnreadMarkersJSON


class HelloJSON(TypedDict):
    """First frame of a connection: the person, and all rooms and private conversations."""

    type: Literal["hello"]
    user: PersonJSON
    rooms: list[RoomJSON]
    conversations: list[RoomJSON]


class RoomUpdateJSON(TypedDict):
    """State of one room; with `here`, it is now the client's current room."""

    type: Literal["room"]
    room: RoomJSON
    here: NotRequired[bool]


class RoomUpdatesJSON(TypedDict):
    """State of several rooms."""

    type: Literal["rooms"]
    rooms: list[RoomJSON]


class RoomGoneJSON(TypedDict):
    """Removal of a room from the list; `text` is for the person."""

    type: Literal["room_gone"]
    room: int
    text: str


class PeopleJSON(TypedDict):
    """Names of the people in a room, at most 100, and how many they are."""

    type: Literal["people"]
    room: int
    count: int
    names: list[str]


class UnreadJSON(TypedDict):
    """Raised read markers."""

    type: Literal["unread"]
    rooms: list[UnreadMarkersJSON]


class EventsJSON(TypedDict):
    """Messages new or changed since the version `since`, up to `version`; with `reset`, they replace all others."""

    type: Literal["events"]
    room: int
    epoch: str
    since: int
    version: int
    reset: NotRequired[bool]
    messages: list[MessageJSON]


class PageJSON(TypedDict):
    """Answer to a `history` request."""

    type: Literal["page"]
    id: str
    room: int
    messages: list[MessageJSON]


class AckJSON(TypedDict):
    """Confirmation that a message is stored."""

    type: Literal["ack"]
    id: str


class ReplyDataJSON(TypedDict):
    """Data of a reply: the users or rooms that a command listed."""

    users: NotRequired[list[PersonJSON]]
    rooms: NotRequired[list[RoomJSON]]


class ReplyJSON(TypedDict):
    """Answer to a command."""

    type: Literal["reply"]
    id: str
    ok: bool
    text: str
    data: ReplyDataJSON


class ErrorJSON(TypedDict):
    """Answer to a frame that failed; `retry_after` is in seconds."""

    type: Literal["error"]
    id: str | None
    code: str
    text: str
    retry_after: NotRequired[float]


class NoticeDataJSON(TypedDict):
    """Data of a notice: a person, where it is about one."""

    name: NotRequired[object]


class NoticeJSON(TypedDict):
    """Sentence for the person that is not stored."""

    type: Literal["notice"]
    text: str
    data: NoticeDataJSON


class PongJSON(TypedDict):
    """Answer to a `ping`, with the time that was sent."""

    type: Literal["pong"]
    t: float


class ByeJSON(TypedDict):
    """Announcement that the server closes the connection; `retry_after` is in seconds."""

    type: Literal["bye"]
    retry_after: NotRequired[float]


AnswerJSON = AckJSON | ReplyJSON | ErrorJSON
ServerFrameJSON = (
    HelloJSON
    | RoomUpdateJSON
    | RoomUpdatesJSON
    | RoomGoneJSON
    | PeopleJSON
    | UnreadJSON
    | EventsJSON
    | PageJSON
    | AnswerJSON
    | NoticeJSON
    | PongJSON
    | ByeJSON
)
