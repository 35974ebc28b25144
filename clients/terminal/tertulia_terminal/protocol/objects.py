"""JSON objects inside frames, with the fields this client uses."""

from typing import Literal, NotRequired, TypedDict


class PersonJSON(TypedDict):
    """Person by id and user name."""

    id: int
    name: str


class MessageJSON(TypedDict):
    """One message; `at` is an ISO 8601 time in UTC, and `author` is null once the account is deleted."""

    seq: int
    version: int
    author: PersonJSON | None
    text: str
    at: str
    edited: bool
    erased: bool


class ReadMarkersJSON(TypedDict):
    """Sequence numbers of a room's last message and of the last one the person has read."""

    last_seq: NotRequired[int | None]
    read_seq: NotRequired[int | None]


class RoomJSON(ReadMarkersJSON):
    """A public room, or with the kind `direct` a private conversation, named after the other person."""

    id: int
    kind: Literal["public", "direct"]
    name: str
    topic: NotRequired[str]


class UnreadMarkersJSON(ReadMarkersJSON):
    """Read markers of one room, in an `unread` frame."""

    room: int
