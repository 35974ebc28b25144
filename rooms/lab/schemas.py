"""Schemas of the frames of /lab/, which show what the connection and the server do."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import Doc, TypedDict

from rooms.protocol.client_frames import ClientFrame, FrameId, ReadingFrame, RoomId
from rooms.protocol.limits import SHORT_TEXT_CHARACTERS
from rooms.protocol.schemas import Timestamp, TransportName
from rooms.protocol.server_frames import AnswerId

ShortText = Annotated[str, Field(max_length=SHORT_TEXT_CHARACTERS)]


class SendEchoFrame(ReadingFrame):
    """Asks for its text back. Answer: `echo`."""

    type: Literal["echo"]
    id: FrameId
    text: ShortText


class BroadcastFrame(ClientFrame):
    """Sends an announcement to everybody who is connected, by staff; it is not stored.

    Answer: `reply` with the code `broadcast`, or `error`; everybody gets a `notice` of `announcement`.
    """

    type: Literal["broadcast"]
    id: FrameId
    text: ShortText


class CloseFrame(ClientFrame):
    """Closes a room for everybody, by its owner or staff; `#dR` of another's room would hide it instead.

    Answer: `reply` as to `#dR`, or `error`.
    """

    type: Literal["close"]
    id: FrameId
    room: RoomId


class WatchFrame(ReadingFrame):
    """Subscribes to server events. Answer: `watching`, and from then on `server_event`."""

    type: Literal["watch"]
    id: FrameId | None = None


CLIENT_FRAMES = (SendEchoFrame, BroadcastFrame, CloseFrame, WatchFrame)


class EchoFrame(TypedDict):
    """Answers `echo`."""

    type: Literal["echo"]
    id: AnswerId
    text: Annotated[str, Doc("what was sent")]


def echoed(frame_id: str, text: str) -> EchoFrame:
    return {"type": "echo", "id": frame_id, "text": text}


class WatchingFrame(TypedDict):
    """Answers `watch`."""

    type: Literal["watching"]
    id: Annotated[str | None, Doc("`id` of the client's frame")]
    server: Annotated[str, Doc("name of the server process")]
    channel_layer: Literal["redis", "none"]
    transport: TransportName
    event_seconds: Annotated[int, Doc("seconds between two server events")]


def watching(
    frame_id: str | None,
    server: str,
    channel_layer: Literal["redis", "none"],
    transport: TransportName,
    event_seconds: int,
) -> WatchingFrame:
    return {
        "type": "watching",
        "id": frame_id,
        "server": server,
        "channel_layer": channel_layer,
        "transport": transport,
        "event_seconds": event_seconds,
    }


class ServerEventFrame(TypedDict):
    """Comes every `event_seconds`, once in the whole deployment, however many processes it has."""

    type: Literal["server_event"]
    number: int
    at: Timestamp
    server: Annotated[str, Doc("name of the process that made it")]


def server_event(number: int, at: str, server: str) -> ServerEventFrame:
    return {"type": "server_event", "number": number, "at": at, "server": server}


SERVER_FRAMES = (EchoFrame, WatchingFrame, ServerEventFrame)
