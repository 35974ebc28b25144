"""Invalid frames are answered with an error code; the connection stays open, and nothing is stored."""

import json
import uuid

import pytest

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.once("embedded")]
ID = str(uuid.uuid4())

INVALID = [
    "",
    "null",
    "[]",
    '"x"',
    "1",
    "{}",
    "{",
    "not json",
    "[" * 60_000,
    '{"type": "say"',
    '{"type": null}',
    '{"type": 7}',
    '{"type": "websocket.disconnect"}',
    '{"type": "__class__"}',
    f'{{"type": "SAY", "id": "{ID}", "text": "x"}}',
    '{"type": "ping", "t": NaN}',
    '{"type": "ping", "t": Infinity}',
    f'{{"type": "ping", "t": {"9" * 5000}}}',
    '{"type": "ping", "t": true}',
    '{"type": "ping", "t": "1"}',
    '{"type": "ping"}',
    '{"type": "ping", "t": 1, "extra": 1}',
    json.dumps({"type": "ping", "t": 1} | {f"k{n}": n for n in range(5000)}),
    '{"type": "history", "room": -1}',
    '{"type": "history", "room": 1.5}',
    f'{{"type": "history", "room": {2**63}}}',
    '{"type": "history", "room": "1"}',
    '{"type": "history", "room": 1, "limit": 0}',
    '{"type": "history", "room": 1, "limit": 101}',
    '{"type": "history", "room": 1, "before": 1, "after": 1}',
    '{"type": "read", "room": 1}',
    '{"type": "read", "room": 1, "seq": -1}',
    f'{{"type": "read", "room": 1, "seq": {2**63}}}',
    '{"type": "read", "room": 1, "seq": true}',
    '{"type": "typing"}',
    '{"type": "typing", "room": "1"}',
    '{"type": "enter", "room": null}',
    '{"type": "enter", "room": true}',
    '{"type": "enter", "room": 1, "version": -1}',
    '{"type": "enter", "room": 1, "epoch": 1}',
    '{"type": "say", "text": "x"}',
    '{"type": "say", "id": "1", "text": "x"}',
    f'{{"type": "say", "id": "{ID}"}}',
    f'{{"type": "say", "id": "{ID}", "text": 5}}',
    f'{{"type": "say", "id": "{ID}", "text": ["x"]}}',
    f'{{"type": "say", "id": "{ID}", "text": "half \\ud800 a pair"}}',
    f'{{"type": "say", "id": "{ID}", "text": "x", "room": true}}',
    f'{{"type": "say", "id": "{ID}", "text": "x", "author": 1}}',
    f'{{"type": "say", "id": "{ID}", "text": "{"x" * 70_000}"}}',
]


@pytest.mark.parametrize("text", INVALID, ids=range(len(INVALID)))
async def test_invalid_frame_is_answered_and_the_connection_stays(people, join, text):
    ana = await join(people.ana)

    await ana.send_raw(text)

    error = await ana.expect("error")
    assert error["code"] == "bad_frame"
    assert error["text"]
    await ana.settle()


@pytest.mark.parametrize("transport", ["websocket"], indirect=True)
async def test_binary_frame_is_answered_and_the_connection_stays(people, join):
    ana = await join(people.ana)

    await ana.send_raw(b'{"type": "ping", "t": 1}')

    assert (await ana.expect("error"))["code"] == "bad_frame"
    await ana.settle()


@pytest.mark.both_transports
async def test_error_carries_the_id_and_names_the_field_of_an_invalid_frame(people, join):
    ana = await join(people.ana)

    await ana.send(type="say", id=ID, text=5)

    error = await ana.expect("error")
    assert (error["id"], error["field"]) == (ID, "text")


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "blank"), ("   ", "blank"), ("nul \0", "bad_text"), ("x" * 8001, "too_long")],
)
@pytest.mark.both_footings
async def test_invalid_text_is_refused(people, join, text, code):
    ana = await join(people.ana)

    answer = await ana.send_message(text)

    assert (answer["type"], answer["code"], answer["field"]) == ("error", code, "text")


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "{{7*7}}",
        "a\u202eb",
        "e" + "\u0301" * 1000,
        "x" * 8000,
        "\\u0000",
        "🙂\n\t\x1b[31m",
    ],
)
@pytest.mark.both_footings
async def test_unusual_text_is_delivered_unchanged(people, join, text):
    ana, bruno = await join(people.ana), await join(people.bruno, server=-1)

    answer = await ana.send_message(text)

    assert answer["type"] == "ack"
    assert (await bruno.expect_message(text))["id"] == answer["id"]


async def test_missing_and_hidden_rooms_get_the_same_error(people, join):
    ana, carla = await join(people.ana), await join(people.carla)
    private = (await ana.command(f"#private {people.bruno.name} secret"))["data"]["room"]

    errors = [await carla.history(room) for room in (private, 10**12)]
    errors += [await carla.enter(room) for room in (private, 10**12)]
    errors += [await carla.send_message("x", room=room) for room in (private, 10**12)]

    assert {(error["type"], error["code"], error["text"]) for error in errors} == {
        ("error", "no_such_room", errors[0]["text"])
    }
