"""Strict schemas of the core's client frames, and their decoding. Features have theirs in their own `schemas.py`."""

from collections.abc import Iterable
from contextlib import suppress
from functools import reduce
from operator import getitem, or_
from typing import Annotated, Literal, Self, cast
from uuid import UUID

import pydantic_core
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from typing_extensions import Doc

from .errors import ChatError
from .limits import ID_CHARACTERS, MAX_ENTRIES, MAX_INTEGER, MAX_PAGE_MESSAGES, PAGE_MESSAGES

FEW_ENTRIES_CHARACTERS = 4096  # a frame that is not longer cannot hold enough entries to take long

FrameId = Annotated[str, Field(max_length=ID_CHARACTERS)]
Natural = Annotated[int, Field(ge=0, le=MAX_INTEGER)]
ExactInteger = Annotated[int, Field(ge=-(2**53), le=2**53)]
ExactFloat = Annotated[float, Field(ge=-(2.0**53), le=2.0**53)]
RoomId = Annotated[Natural, Doc("id of the room")]
Seq = Annotated[Natural, Doc("place of the message")]


class ClientFrame(BaseModel):
    """Base class of client frames. A docstring says what the frame does, and what answers it."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    type: str


class ReadingFrame(ClientFrame):
    """Base class of the frames that a token may send which may only read."""


class SayFrame(ClientFrame):
    """Sends a message, or runs a command if the text begins with `#` (see *Commands*).

    Answer: `ack`, or `reply` to a command, or `error`.
    """

    type: Literal["say"]
    id: Annotated[UUID, Doc("made once for each message: sent again with the same `id`, it is stored once")]
    text: str
    room: Annotated[Natural | None, Doc("id of the room; default: the one you are in")] = None


class EnterFrame(ReadingFrame):
    """Enters a room and catches up. For a private conversation it only catches up, and you stay in your room.

    Answer: `room` with `here: true`, `people`, then `events`; for a private conversation `room`, then `events`; or
    `error`: `no_such_room`, and for a name `no_room`.
    """

    type: Literal["enter"]
    id: FrameId | None = None
    room: Annotated[Natural | str, Doc("id or name of the room")]
    epoch: Annotated[FrameId, Doc("`epoch` of the room's log as you hold it")] = ""
    version: Annotated[Natural, Doc("version up to which you hold it (see *Catching up*)")] = 0


class LeaveFrame(ReadingFrame):
    """Enters the default room. Answer: as to `enter` of the default room."""

    type: Literal["leave"]
    id: FrameId | None = None


class HistoryFrame(ReadingFrame):
    """Asks for a page of a room's log: before, after or around a message, or the newest. Of long messages come fewer.

    Counts as one frame, and one more for every ten messages asked for. Answer: `page`, or `error`.
    """

    type: Literal["history"]
    id: FrameId | None = None
    room: RoomId
    before: Annotated[Natural | None, Doc("a `seq`; at most one of `before`, `after` and `around`")] = None
    after: Annotated[Natural | None, Doc("a `seq`")] = None
    around: Annotated[Natural | None, Doc("a `seq`")] = None
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE_MESSAGES), Doc(f"default: {PAGE_MESSAGES}")] = PAGE_MESSAGES

    @model_validator(mode="after")
    def check_one_place(self) -> Self:
        if sum(place is not None for place in (self.before, self.after, self.around)) > 1:
            raise ValueError("only one of before, after, around")
        return self


class EditFrame(ClientFrame):
    """Changes the text of one's own message.

    Answer: `ack` with the message's new `version`, or `error`; the change comes as `events`.
    """

    type: Literal["edit"]
    id: FrameId
    room: RoomId
    seq: Seq
    text: Annotated[str, Doc("the new text")]


class EraseFrame(ClientFrame):
    """Erases one's own message. Answer: as to `edit`."""

    type: Literal["erase"]
    id: FrameId
    room: RoomId
    seq: Seq


class SeenFrame(ReadingFrame):
    """Acknowledges what has been rendered. Send it at the latest after 1,024 messages, 512 KiB or 10 s.

    With more than 2,048 messages, 1 MiB or 30 s of `events` unseen the server closes with 4008.

    Answer: none.
    """

    type: Literal["seen"]
    rooms: Annotated[dict[Natural, Natural], Field(max_length=MAX_ENTRIES), Doc("room id: `version`")]


class PingFrame(ReadingFrame):
    """Asks for a `pong`: everything sent before has been handled when it comes. Answer: `pong`."""

    type: Literal["ping"]
    t: Annotated[ExactInteger | ExactFloat, Doc("any number up to 2^53; comes back in the `pong`")]


CORE_FRAMES: tuple[type[ClientFrame], ...] = (
    SayFrame, EnterFrame, HistoryFrame, EditFrame, EraseFrame, SeenFrame, LeaveFrame, PingFrame,
)  # fmt: skip


class FrameDecoder:
    """Strict decoder of a fixed list of frames; built once, with those for which there are handlers."""

    def __init__(self, frame_types: Iterable[type[ClientFrame]]) -> None:
        # Subscripted at run time, for the union is not known before.
        union = getitem(Annotated, (reduce(or_, frame_types), Field(discriminator="type")))
        self._frames = TypeAdapter(cast(type[ClientFrame], union))

    def decode(self, text: str) -> ClientFrame:
        """The frame; raises `bad_frame` with the field at fault."""
        if len(text) > FEW_ENTRIES_CHARACTERS and has_too_many_entries(text):
            raise ChatError("bad_frame")
        try:
            return self._frames.validate_json(text)
        except ValidationError as error:
            path = [str(part) for part in error.errors(include_url=False, include_input=False)[0]["loc"]]
            raise ChatError("bad_frame", field=path[1] if len(path) > 1 else None) from None


def has_too_many_entries(text: str) -> bool:
    """Whether an object in a frame has more entries than any frame allows: reporting each takes up to a second."""
    frame = parse(text)
    objects = [frame, *frame.values()] if isinstance(frame, dict) else []
    return any(len(entry) > MAX_ENTRIES for entry in objects if isinstance(entry, dict))


def frame_id(text: str) -> str | None:
    """The `id` of a frame that could not be decoded, if it has a valid one."""
    frame = parse(text)
    found = frame.get("id") if isinstance(frame, dict) else None
    return found if isinstance(found, str) and len(found) <= ID_CHARACTERS else None


def parse(text: str) -> object:
    """The value of a JSON text; None if it is invalid."""
    with suppress(ValueError):
        return pydantic_core.from_json(text)
    return None
