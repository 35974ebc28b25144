"""Frames from the client."""

from typing import Literal, NotRequired, TypedDict


class SayJSON(TypedDict):
    """A message or command; `id` is a UUID, so that the server stores a message sent twice once."""

    type: Literal["say"]
    id: str
    text: str
    room: NotRequired[int]


class HistoryJSON(TypedDict):
    """Request for the `limit` messages before the sequence number `before`, or for the newest ones."""

    type: Literal["history"]
    id: str
    room: int
    before: NotRequired[int]
    limit: int


class ReadJSON(TypedDict):
    """Read marker: the person has read the room up to `seq`."""

    type: Literal["read"]
    room: int
    seq: int


class SeenJSON(TypedDict):
    """Acknowledgement of `events`, for flow control: the version received of each room."""

    type: Literal["seen"]
    rooms: dict[str, int]


class PingJSON(TypedDict):
    """Request for a `pong`; `t` is any number."""

    type: Literal["ping"]
    t: int


ClientFrameJSON = SayJSON | HistoryJSON | ReadJSON | SeenJSON | PingJSON
