"""docs/protocol.md tells a stranger of everything the code knows."""

import json
import re
import uuid
from pathlib import Path
from typing import get_args

import pytest
from django.conf import settings

from rooms import commands
from rooms.gateway.consumer import STRIKES
from rooms.moderation import notices as moderation_notices
from rooms.protocol import errors, frames
from tests.people import unique

from .shapes import SERVER_FRAMES, AnyServerFrame

pytestmark = pytest.mark.once("embedded")

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "protocol.md").read_text()
NAMED = set(re.findall(r"`([^`\s]+)`", PAGE))

NOTICES = {
    code
    for source in sorted(Path(frames.__file__).parent.parent.rglob("*.py"))
    for code in re.findall(r"frames\.notice\([\w.]+, \"(\w+)\"", source.read_text())
} | moderation_notices.SENTENCES.keys()
SERVER_TYPES = get_args(get_args(AnyServerFrame)[0])


def examples(heading):
    """The frames of the block below the line that begins so."""
    block = PAGE.split(f"\n{heading}:\n\n```json\n")[1].split("```")[0]
    return block.splitlines()


CLIENT_EXAMPLES, SERVER_EXAMPLES = examples("What a client may say"), examples("What a server may say")


@pytest.mark.parametrize("text", CLIENT_EXAMPLES)
def test_what_the_page_lets_a_client_say_is_understood(text):
    frames.decode(text)


@pytest.mark.parametrize("text", SERVER_EXAMPLES)
def test_what_the_page_lets_the_server_say_has_its_shape(text):
    SERVER_FRAMES.validate_json(text)


def test_every_frame_has_an_example():
    for known, shown in ((get_args(frames.AnyFrame), CLIENT_EXAMPLES), (SERVER_TYPES, SERVER_EXAMPLES)):
        assert [json.loads(text)["type"] for text in shown] == list(dict.fromkeys(json.loads(t)["type"] for t in shown))
        assert {_type(frame) for frame in known} == {json.loads(text)["type"] for text in shown}


@pytest.mark.parametrize("frame", SERVER_TYPES, ids=lambda frame: frame.__name__)
def test_every_frame_of_the_server_is_there_with_its_fields(frame):
    fields = {field.alias or name for name, field in frame.model_fields.items()} - {"type"}
    rows = [line for line in PAGE.splitlines() if re.match(rf"\| `{_type(frame)}` \|", line)]
    assert not {field for field in fields if not any(f"`{field}`" in row for row in rows)}


@pytest.mark.asyncio(loop_scope="session")
async def test_what_the_server_really_says_has_these_shapes(people, join):
    ana, bruno = await join(people.ana), await join(people.bruno, server=-1)
    room = unique("room")
    await ana.command(f"#cR {room}")
    await bruno.command(f"#gR {room}")
    said = await ana.say("one")
    await ana.send(type="edit", id="e", room=said["room"], seq=said["seq"], text="two")
    await ana.expect("ack", id="e")
    await ana.say("one", client_id=str(uuid.UUID(int=1)), room=10**12)
    await ana.history(said["room"])
    for line in (f"#private {people.bruno.name} x", "#lR", "#show users", "#help", "#nonsense", f"#dR {room}"):
        await ana.command(line)
    await bruno.expect("room_gone")
    await ana.send(type="watch")
    for asked in (("block", {"user": people.bruno.name}), ("slow", {"room": said["room"], "seconds": 5})):
        await ana.ask(asked[0], **asked[1])
    await ana.settle()
    told = [frame for client in (ana, bruno) for frame in client.frames]

    for frame in told:
        SERVER_FRAMES.validate_json(json.dumps(frame))
    assert {frame["type"] for frame in told} >= {"hello", "ack", "reply", "error", "events", "page", "room", "people"}


@pytest.mark.parametrize("frame", get_args(frames.AnyFrame), ids=lambda frame: frame.__name__)
def test_every_frame_of_a_client_is_there_with_its_fields(frame):
    fields = set(frame.model_fields) - {"type"}
    rows = [line for line in PAGE.splitlines() if re.match(rf"\| [^|]*`{_type(frame)}`[^|]* \| .* \| .* \|", line)]
    assert any(all(f"`{field}`" in row for field in fields) for row in rows)


@pytest.mark.parametrize("code", errors.SENTENCES)
def test_every_refusal_is_there(code):
    assert code in NAMED


@pytest.mark.parametrize("word", commands.commands_by_word())
def test_every_command_is_there(word):
    assert re.search(rf"`#\\?{word}\b", PAGE, re.IGNORECASE)


@pytest.mark.parametrize("code", sorted(NOTICES))
def test_every_notice_is_there(code):
    assert code in NAMED


def test_the_limits_are_there():
    said, frames_sent = settings.CHAT_MESSAGE_RATE, settings.CHAT_FRAME_RATE
    assert f"{said:g} things a second on each server process, {settings.CHAT_MESSAGE_BURST} at once" in PAGE
    assert f"{frames_sent:g} frames a second, {settings.CHAT_FRAME_BURST} at once" in PAGE
    assert f"at most {settings.CHAT_FRAME_BYTES // 1024} KiB" in PAGE
    for code, (close_code, a_second, times) in STRIKES.items():
        pace = {1: "once a second"}.get(a_second, f"{a_second} times a second")
        assert re.search(rf"`{code}` {times} times, and more often than {pace}, (is closed )?with {close_code}", PAGE)


@pytest.mark.parametrize("code", ["4001", "4003", "4008", "4009", "4012", "4014", "4029"])
def test_every_close_code_is_there(code):
    assert f"| {code} |" in PAGE


def _type(frame):
    return get_args(frame.model_fields["type"].annotation)[0]
