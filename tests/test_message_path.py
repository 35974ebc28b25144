"""The path of a message, from one socket to another: few calls in few files (docs/design.md names them)."""

import json
import re
import sys
import uuid
from collections import Counter
from pathlib import Path

import pytest

from common.db.threads import in_outbox_thread
from rooms.gateway.consumer import ChatConsumer
from rooms.models import Room
from tests.hubs import events_of, until
from tests.people import unique

pytestmark = pytest.mark.footing("embedded")

ROOT = Path(__file__).resolve().parent.parent
OURS = tuple(f"{ROOT / layer}/" for layer in ("common", "accounts", "rooms", "chatsite"))
MAX_CALLS, MAX_FILES = 30, 12
MAX_ALL_CALLS = 180  # with helpers: metrics, encoding, rate limits, rights
# The socket of our own server, in whose place the test has a plain `send`.
SOCKET = "chatsite/server/websocket.py"


def documented_path():
    """`(file, function)` of each step in docs/design.md, in order."""
    page = (ROOT / "docs" / "design.md").read_text()
    block = page.split("## The path of a message")[1].split("```")[1]
    steps, file = [], ""
    for line in block.strip().splitlines():
        if found := re.fullmatch(r"(\S+\.py)\s+(.*)", line.strip()):
            file, line = found.groups()
        steps += [(file, name) for name in re.findall(r"[\w.]+", line)]
    return steps


class RecordedCalls(Counter):
    """Counts calls of our functions, by file and name, on the event loop and on the outbox's thread."""

    def record(self, frame, event, _argument):
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(OURS) and not code.co_name.startswith("<"):
            self[str(Path(code.co_filename).relative_to(ROOT)), code.co_qualname] += 1

    async def __aenter__(self):
        await in_outbox_thread(sys.setprofile, self.record)
        sys.setprofile(self.record)
        return self

    async def __aexit__(self, *_error):
        sys.setprofile(None)
        await in_outbox_thread(sys.setprofile, None)


@pytest.fixture
def room(people):
    return Room.create(people.ana.user, unique("room"))


@pytest.fixture
async def calls(hub, room, connect, monkeypatch):
    """The calls that one message takes from ana's socket to bruno's, in a room where both have talked before."""
    ana, bruno = connect("ana"), connect("bruno")
    for client in (ana, bruno):
        await client.open(room.pk)
    monkeypatch.setattr("rooms.gateway.consumer.hub", lambda: hub)
    consumer = ChatConsumer()
    consumer.client = ana

    async def send(text):
        frame = {"type": "say", "id": str(uuid.uuid4()), "text": text, "room": room.pk}
        await consumer.receive({"text": json.dumps(frame)})
        await until(lambda: any(text in str(events) for events in events_of(bruno, room)))

    await send("first")
    async with RecordedCalls() as calls:
        await send("second")
    return calls


def test_documented_path_is_short():
    path = documented_path()
    assert 0 < len(path) <= MAX_CALLS
    assert len({file for file, _name in path}) <= MAX_FILES


async def test_documented_path_is_the_real_one(calls):
    missing = [step for step in documented_path() if step[0] != SOCKET and step not in calls]
    assert not missing


async def test_message_takes_few_calls_with_all_helpers(calls):
    assert sum(calls.values()) <= MAX_ALL_CALLS, sorted(calls.items())
