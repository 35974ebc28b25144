"""Server frames: the constructors make what the schemas say, and validation is strict."""

import json

import pytest
from pydantic import ValidationError

from rooms.lab.schemas import echoed, server_event, watching
from rooms.moderation.schemas import blocked
from rooms.protocol import frames
from rooms.protocol.encoding import EncodedFrame
from rooms.protocol.errors import ChatError
from rooms.protocol.schemas import types_of
from rooms.typing.schemas import typing
from rooms.unread.schemas import unread
from tools.protocol_docs import catalog, examples

from .validators import SERVER_FRAMES

NOW = "2026-11-21T09:30:00.123Z"
MESSAGE, ROOM, CONVERSATION, ANA = (
    examples.OBJECTS[name] for name in ("Message", "PublicRoomCard", "DirectRoomCard", "Person")
)
REPLY = {"ok": True, "code": "bye", "text": "Goodbye!", "data": {}}

MADE = [
    lambda: frames.hello(ANA, NOW, 1, [ROOM], {"conversations": [CONVERSATION], "blocked": [ANA]}),
    lambda: frames.ack("a", 7, MESSAGE, False),
    lambda: frames.reply(REPLY, "a"),
    lambda: frames.error(ChatError("muted")),
    lambda: frames.error(ChatError("slow_down", retry_after=0.5, field="text"), "a"),
    lambda: frames.events(7, "5f0c2d1e", 13, 14, [MESSAGE]),
    lambda: frames.reset(7, "5f0c2d1e", 14, [MESSAGE], more=True),
    lambda: frames.page(None, 7, [MESSAGE], more=False),
    lambda: frames.room(CONVERSATION),
    lambda: frames.room_entered(ROOM, "a"),
    lambda: frames.rooms([ROOM]),
    lambda: frames.room_gone(7, "Chess", "closed", "The room has closed."),
    lambda: frames.people(7, ["ana"], []),
    lambda: blocked([ANA]),
    lambda: frames.notice(7, "countdown", "…", owner="ana", seconds=5, closes_at=NOW),
    lambda: frames.notice(None, "announcement", "…", name="ana"),
    lambda: frames.pong(1.5, 1795253400123),
    lambda: frames.bye(2.4),
    lambda: typing(7, [ANA]),
    lambda: unread([{"room": 7, "last_seq": 31}]),
    lambda: echoed("a", "hello?"),
    lambda: watching(None, "chat-1:4711", "redis", "sse", 10),
    lambda: server_event(42, NOW, "chat-2:4712"),
]  # fmt: skip


@pytest.mark.parametrize("make", MADE, ids=range(len(MADE)))
def test_constructors_make_valid_frames(make):
    SERVER_FRAMES.validate_json(EncodedFrame(make()).text)


def test_every_server_frame_has_a_constructor():
    made = {make()["type"] for make in MADE}

    assert made == {name for schema in catalog.SERVER_FRAMES for name in types_of(schema)}


def test_people_lists_a_hundred_names_and_counts_all():
    frame = frames.people(7, [f"user {number:03}" for number in range(150)], [])

    assert (frame["count"], len(frame["names"])) == (150, 100)


def test_frames_are_encoded_as_compact_json_in_the_order_of_fields():
    frame = frames.events(7, "5f0c2d1e", 13, 14, [])

    assert EncodedFrame(frame).text == (
        '{"type":"events","room":7,"epoch":"5f0c2d1e","since":13,"version":14,"messages":[]}'
    )
    assert EncodedFrame(frames.pong(1, 2) | {"t": "ñ"}).text == '{"type":"pong","t":"ñ","time":2}'


PAGE = frames.page("a", 7, [MESSAGE], more=False)


@pytest.mark.parametrize(
    "frame",
    [
        {key: value for key, value in PAGE.items() if key != "more"},
        PAGE | {"type": "pages"},
        PAGE | {"since": 1},
        PAGE | {"room": "7"},
        PAGE | {"more": 0},
        PAGE | {"messages": [MESSAGE | {"mine": True}]},
        PAGE | {"messages": [MESSAGE | {"at": "yesterday"}]},
        PAGE | {"messages": [MESSAGE | {"id": "12"}]},
        PAGE | {"messages": [MESSAGE | {"author": ANA | {"email": "ana@example.org"}}]},
    ],
)
def test_validation_refuses_missing_extra_and_mistyped_fields(frame):
    SERVER_FRAMES.validate_json(json.dumps(PAGE))

    with pytest.raises(ValidationError):
        SERVER_FRAMES.validate_json(json.dumps(frame))
