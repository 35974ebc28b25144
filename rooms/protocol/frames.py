"""The protocol's shapes (docs/protocol.md): what a client may send, checked strictly, and what it is told."""

import json
from typing import Annotated, Literal
from uuid import UUID

import pydantic_core
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from .errors import ChatError

Id = Annotated[str, Field(max_length=64)]
MOST_ENTRIES = 1000
SHORT_CHARACTERS = 4096  # what is no longer cannot hold enough to matter
ShortText = Annotated[str, Field(max_length=1000)]
Number = Annotated[int, Field(ge=0, lt=2**63)]


class Frame(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Say(Frame):
    type: Literal["say"]
    id: UUID
    text: str
    room: Number | None = None


class Enter(Frame):
    type: Literal["enter"]
    id: Id | None = None
    room: Number | str
    epoch: Id = ""
    version: Number = 0


class Edit(Frame):
    type: Literal["edit"]
    id: Id
    room: Number
    seq: Number
    text: str


class Erase(Frame):
    type: Literal["erase"]
    id: Id
    room: Number
    seq: Number


class Seen(Frame):
    type: Literal["seen"]
    rooms: Annotated[dict[Number, Number], Field(max_length=MOST_ENTRIES)]


class Read(Frame):
    type: Literal["read"]
    room: Number
    seq: Number


class Typing(Frame):
    type: Literal["typing"]
    room: Number


class Leave(Frame):
    type: Literal["leave"]
    id: Id | None = None


class HistoryPage(Frame):
    type: Literal["history"]
    id: Id | None = None
    room: Number
    before: Number | None = None
    after: Number | None = None
    around: Number | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50

    @model_validator(mode="after")
    def one_place_at_most(self):
        if sum(place is not None for place in (self.before, self.after, self.around)) > 1:
            raise ValueError("only one of before, after, around")
        return self


class Ping(Frame):
    type: Literal["ping"]
    t: Annotated[int, Field(ge=-(2**53), le=2**53)] | Annotated[float, Field(ge=-(2.0**53), le=2.0**53)]


class Echo(Frame):
    type: Literal["echo"]
    id: Id
    text: ShortText


class Broadcast(Frame):
    type: Literal["broadcast"]
    id: Id
    text: ShortText


class Close(Frame):
    type: Literal["close"]
    id: Id
    room: Number


class Watch(Frame):
    type: Literal["watch"]
    id: Id | None = None


class Moderate(Frame):
    type: Literal["moderate"]
    id: Id
    room: Number
    action: Literal["mute", "unmute", "remove", "ban", "unban", "hand_over"]
    user: Number | str


class Slow(Frame):
    type: Literal["slow"]
    id: Id
    room: Number
    seconds: Annotated[int, Field(ge=0, le=3600)]


class Banned(Frame):
    type: Literal["banned"]
    id: Id
    room: Number


class Report(Frame):
    type: Literal["report"]
    id: Id
    room: Number
    seq: Number
    why: ShortText = ""


class Block(Frame):
    type: Literal["block"]
    id: Id
    user: Number | str
    blocked: bool = True


Talk = Say | Edit | Erase | Enter | Leave | HistoryPage | Seen | Read | Typing | Ping
AnyFrame = Talk | Echo | Broadcast | Close | Watch | Moderate | Slow | Banned | Report | Block
CLIENT_FRAMES: TypeAdapter[AnyFrame] = TypeAdapter(Annotated[AnyFrame, Field(discriminator="type")])


def decode(text):
    """The client's frame; raises `bad_frame` with the field at fault."""
    if len(text) > SHORT_CHARACTERS and is_wide(text):
        raise ChatError("bad_frame")
    try:
        return CLIENT_FRAMES.validate_json(text)
    except ValidationError as error:
        place = [str(part) for part in error.errors(include_url=False, include_input=False)[0]["loc"]]
        raise ChatError("bad_frame", field=place[1] if len(place) > 1 else None) from None


def is_wide(text):
    """Whether it has more entries than any frame: to say what is wrong with each of thousands takes a second."""
    try:
        frame = pydantic_core.from_json(text)
    except ValueError:
        return False  # which is what decoding finds out as fast
    parts = [frame, *frame.values()] if isinstance(frame, dict) else []
    return any(len(part) > MOST_ENTRIES for part in parts if isinstance(part, dict))


def id_of(text):
    """The `id` of a frame that could not be decoded, as far as it can be told."""
    try:
        frame = pydantic_core.from_json(text)
    except ValueError:
        return None
    found = frame.get("id") if isinstance(frame, dict) else None
    return found if isinstance(found, str) and len(found) <= 64 else None


def encode(frame):
    """Compact JSON."""
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))


class EncodedFrame:
    """A frame on its way out: encoded once and prepared once for the server's wires, however many clients get it."""

    def __init__(self, frame):
        self.text = encode(frame)
        self.prepared = None

    def prepare(self, wire):
        """What a wire makes of the text; all wires of a process make the same."""
        self.prepared = wire.prepare(self.text)
        return self.prepared


def ack(saved, frame_id):
    message = saved.message.to_dict()
    return {
        "type": "ack",
        "id": frame_id,
        "room": saved.message.room_id,
        "seq": message["seq"],
        "version": message["version"],
        "at": message["at"],
        "duplicate": saved.duplicate,
    }


def reply(answer, frame_id):
    """The answer of a command (`rooms.commands.CommandReply`)."""
    frame = {"type": "reply", "id": frame_id, "ok": answer.ok, "code": answer.code}
    return {**frame, "text": answer.text, "data": answer.data}


def refusal(error, frame_id=None):
    """A `ChatError` as a frame, in the language active now."""
    frame = {"type": "error", "id": frame_id, "code": error.code, "text": error.text}
    if error.retry_after is not None:
        frame["retry_after"] = error.retry_after
    if error.field is not None:
        frame["field"] = error.field
    return frame


def events(room_id, epoch, since, version, messages):
    """Messages (shapes) of a room: what changed after `since`, complete up to `version`."""
    frame = {"type": "events", "room": room_id, "epoch": epoch, "since": since, "version": version}
    return {**frame, "messages": messages}


def changes(found):
    """`rooms.log.history.LogChanges` as an `events` frame."""
    messages = [message.to_dict() for message in found.messages]
    frame = events(found.room_id, found.epoch, found.since, found.version, messages)
    return {**frame, "reset": True, "more": found.more} if found.reset else frame


def page(frame_id, room_id, messages, more):
    shapes = [message.to_dict() for message in messages]
    return {"type": "page", "id": frame_id, "room": room_id, "messages": shapes, "more": more}


def people(room_id, names, muted):
    """Those in a room, and who of them is muted there."""
    return {"type": "people", "room": room_id, "count": len(names), "names": names[:100], "muted": muted[:100]}


def blocked(users):
    """Whose messages the reader does not take: all of them."""
    return {"type": "blocked", "users": [user.to_dict() for user in users]}


def rooms(cards):
    return {"type": "rooms", "rooms": cards}


def notice(room_id, code, text, **data):
    return {"type": "notice", "room": room_id, "code": code, "text": text, "data": data}


def room_gone(room_id, name, reason, text):
    return {"type": "room_gone", "room": room_id, "name": name, "reason": reason, "text": text}


def unread(rooms):
    """Rooms as `{room, last_seq?, read_seq?}`: what has risen of them."""
    return {"type": "unread", "rooms": rooms}


def typing(room_id, users):
    return {"type": "typing", "room": room_id, "users": users}
