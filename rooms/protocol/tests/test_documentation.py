"""docs/protocol.md and the page's types are made from the schemas, and name everything the code has."""

import json
import re
import uuid
from pathlib import Path

import pytest
from django.conf import settings

from rooms import commands
from rooms.gateway.consumer import STRIKES, frame_decoder, frame_handlers
from rooms.moderation import notices as moderation_notices
from rooms.protocol import errors, frames
from rooms.protocol.schemas import types_of
from tests.people import unique
from tools.protocol_docs import catalog, examples, markdown, typescript

from .validators import LISTS, SERVER_FRAMES

pytestmark = pytest.mark.once("embedded")

PAGE = markdown.PAGE.read_text()
NAMED = set(re.findall(r"`([^`\s]+)`", PAGE))

NOTICES = {
    code
    for source in sorted(Path(frames.__file__).parent.parent.rglob("*.py"))
    for code in re.findall(r"frames\.notice\([\w.]+, \"(\w+)\"", source.read_text())
} | moderation_notices.SENTENCES.keys()
# Errors of `common.errors`.
SHARED_CODES = ("bad_token", "internal", "read_only_token")


def test_page_is_up_to_date():
    assert markdown.render(PAGE) == PAGE


def test_types_are_up_to_date():
    assert typescript.FILE.read_text() == typescript.render()


def test_decoder_knows_documented_frames():
    assert set(frame_handlers()) == set(catalog.CLIENT_FRAMES)


@pytest.mark.parametrize("example", examples.CLIENT_FRAMES, ids=lambda example: example["type"])
def test_examples_of_client_frames_are_decoded(example):
    assert frame_decoder().decode(json.dumps(example)).type == example["type"]


@pytest.mark.parametrize("example", examples.SERVER_FRAMES, ids=lambda example: example["type"])
def test_examples_of_server_frames_are_valid(example):
    SERVER_FRAMES.validate_json(json.dumps(example))


@pytest.mark.parametrize("name", examples.OBJECTS)
def test_examples_of_objects_are_valid(name):
    LISTS[name].validate_json(json.dumps([examples.OBJECTS[name]]))


@pytest.mark.parametrize(
    ("schemas", "shown"),
    [(catalog.CLIENT_FRAMES, examples.CLIENT_FRAMES), (catalog.SERVER_FRAMES, examples.SERVER_FRAMES)],
    ids=["client", "server"],
)
def test_every_frame_has_one_example(schemas, shown):
    types = [example["type"] for example in shown]

    assert len(types) == len(set(types))
    assert set(types) == {name for schema in schemas for name in types_of(schema)}


def section_of(part, name):
    """Return the section of the page about a frame."""
    generated = PAGE.split(f"<!-- generated: {part} -->")[1].split("<!-- end -->")[0]
    return generated.split(f"#### `{name}`\n")[1].split("\n#### ")[0]


@pytest.mark.parametrize("frame", catalog.SERVER_FRAMES, ids=lambda frame: frame.__name__)
def test_page_has_every_field_of_a_server_frame(frame):
    section = section_of("server_frames", *types_of(frame))
    assert {field for field in frame.__annotations__ if f"| `{field}` |" not in section} == {"type"}


@pytest.mark.parametrize("frame", catalog.CLIENT_FRAMES, ids=lambda frame: frame.__name__)
def test_page_has_every_field_of_a_client_frame(frame):
    section = section_of("client_frames", *types_of(frame))
    assert {field for field in frame.model_fields if f"| `{field}` |" not in section} == {"type"}
    assert "Answer: " in section


@pytest.mark.asyncio(loop_scope="session")
async def test_frames_of_a_real_server_are_valid(people, join):
    ana, bruno = await join(people.ana), await join(people.bruno, server=-1)
    room = unique("room")
    await ana.command(f"#cR {room}")
    await bruno.command(f"#gR {room}")
    said = await ana.send_message("one")
    await ana.send(type="edit", id="e", room=said["room"], seq=said["seq"], text="two")
    await ana.expect("ack", id="e")
    await ana.send_message("one", client_id=str(uuid.UUID(int=1)), room=10**12)
    await ana.history(said["room"])
    for line in (f"#private {people.bruno.name} x", "#lR", "#show users", "#help", "#nonsense", f"#dR {room}"):
        await ana.command(line)
    await bruno.expect("room_gone")
    await ana.send(type="watch")
    for asked in (("block", {"user": people.bruno.name}), ("slow", {"room": said["room"], "seconds": 5})):
        await ana.ask(asked[0], **asked[1])
    await ana.settle()
    frames = [frame for client in (ana, bruno) for frame in client.frames]

    for frame in frames:
        SERVER_FRAMES.validate_json(json.dumps(frame))
    assert {frame["type"] for frame in frames} >= {"hello", "ack", "reply", "error", "events", "page", "room", "people"}


@pytest.mark.parametrize("code", sorted({*errors.SENTENCES, *errors.OVERRIDES, *SHARED_CODES}))
def test_page_has_every_error_code(code):
    assert code in NAMED


@pytest.mark.parametrize("word", commands.commands_by_word())
def test_page_has_every_command(word):
    assert re.search(rf"`#\\?{word}\b", PAGE, re.IGNORECASE)


@pytest.mark.parametrize("code", sorted(NOTICES))
def test_page_has_every_notice(code):
    assert code in NAMED


def test_page_has_the_rate_limits():
    said, frames_sent = settings.CHAT_MESSAGE_RATE, settings.CHAT_FRAME_RATE
    assert f"{said:g} things a second on each server process, {settings.CHAT_MESSAGE_BURST} at once" in PAGE
    assert f"{frames_sent:g} frames a second, {settings.CHAT_FRAME_BURST} at once" in PAGE
    assert f"at most {settings.CHAT_FRAME_BYTES // 1024} KiB" in PAGE
    for code, (close_code, a_second, times) in STRIKES.items():
        pace = {1: "once a second"}.get(a_second, f"{a_second} times a second")
        assert re.search(rf"`{code}` {times} times, and more often than {pace}, (is closed )?with {close_code}", PAGE)


@pytest.mark.parametrize("code", ["4001", "4003", "4008", "4009", "4012", "4014", "4029"])
def test_page_has_every_close_code(code):
    assert f"| {code} |" in PAGE
