"""Constructors of the core's server frames; their schemas are in `server_frames.py`."""

from collections.abc import Mapping
from typing import Unpack, cast

from accounts.schemas import Person
from common.errors import ExpectedError
from common.version import PROTOCOL, VERSION

from . import server_frames as schemas
from .limits import LISTED_NAMES, limits
from .schemas import AnyRoomCard, MessageDict, PublicRoomCard


def hello(
    user: Person, time: str, room_id: int, rooms: list[PublicRoomCard], parts: Mapping[str, object]
) -> schemas.HelloFrame:
    """`parts`: the fields that features add."""
    core = {
        "type": "hello",
        "protocol": PROTOCOL,
        "version": VERSION,
        "user": user,
        "time": time,
        "room": room_id,
        "rooms": rooms,
        "limits": limits(),
    }
    return cast(schemas.HelloFrame, {**core, **parts})


def ack(frame_id: str, room_id: int, message: MessageDict, duplicate: bool) -> schemas.AckFrame:
    return {
        "type": "ack",
        "id": frame_id,
        "room": room_id,
        "seq": message["seq"],
        "version": message["version"],
        "at": message["at"],
        "duplicate": duplicate,
    }


def reply(body: schemas.ReplyBody, frame_id: str) -> schemas.ReplyFrame:
    return {"type": "reply", "id": frame_id, **body}


def error(exception: ExpectedError, frame_id: str | None = None) -> schemas.ErrorFrame:
    """A `ChatError` as a frame, in the language active now."""
    frame: schemas.ErrorFrame = {"type": "error", "id": frame_id, "code": exception.code, "text": exception.text}
    if exception.retry_after is not None:
        frame["retry_after"] = exception.retry_after
    if exception.field is not None:
        frame["field"] = exception.field
    return frame


def events(room_id: int, epoch: str, since: int, version: int, messages: list[MessageDict]) -> schemas.EventsFrame:
    """Changes of a room after `since`, complete up to `version`."""
    return {
        "type": "events",
        "room": room_id,
        "epoch": epoch,
        "since": since,
        "version": version,
        "messages": messages,
    }


def reset(room_id: int, epoch: str, version: int, messages: list[MessageDict], more: bool) -> schemas.EventsFrame:
    """The last page of a room's log, for clients that begin it anew; `more`: there are older messages."""
    return {**events(room_id, epoch, 0, version, messages), "reset": True, "more": more}


def page(frame_id: str | None, room_id: int, messages: list[MessageDict], more: bool) -> schemas.PageFrame:
    return {"type": "page", "id": frame_id, "room": room_id, "messages": messages, "more": more}


def room(card: AnyRoomCard, frame_id: str | None = None) -> schemas.RoomFrame:
    return {"type": "room", "id": frame_id, "room": card}


def room_entered(card: PublicRoomCard, frame_id: str | None = None) -> schemas.RoomFrame:
    return {"type": "room", "id": frame_id, "here": True, "room": card}


def rooms(cards: list[PublicRoomCard]) -> schemas.RoomsFrame:
    return {"type": "rooms", "rooms": cards}


def room_gone(room_id: int, name: str, reason: schemas.GoneReason, text: str) -> schemas.RoomGoneFrame:
    return {"type": "room_gone", "room": room_id, "name": name, "reason": reason, "text": text}


def people(room_id: int, names: list[str], muted: list[str]) -> schemas.PeopleFrame:
    """Everybody in a room, and those of them who are muted there, by sorted names."""
    listed = names[:LISTED_NAMES]
    return {"type": "people", "room": room_id, "count": len(names), "names": listed, "muted": muted[:LISTED_NAMES]}


def notice(room_id: int | None, code: str, text: str, **data: Unpack[schemas.NoticeData]) -> schemas.NoticeFrame:
    return {"type": "notice", "room": room_id, "code": code, "text": text, "data": data}


def pong(t: float, time: int) -> schemas.PongFrame:
    return {"type": "pong", "t": t, "time": time}


def bye(retry_after: float) -> schemas.ByeFrame:
    return {"type": "bye", "retry_after": retry_after}
