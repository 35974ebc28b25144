"""The path of a message, from one socket to another: few calls in few files (docs/design.md names them)."""

import json
import sys
import threading
import uuid
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import pytest

from rooms.gateway.consumer import ChatConsumer
from rooms.models import Room
from tests.hubs import events_of, until
from tests.people import unique

pytestmark = pytest.mark.footing("embedded")

ROOT = Path(__file__).resolve().parent.parent
OURS = tuple(f"{ROOT / layer}/" for layer in ("common", "accounts", "rooms", "chatsite"))
MAX_CALLS, MAX_FILES = 60, 30


@contextmanager
def recorded_calls():
    """Calls of our functions while the block runs, on every thread: `(file, function): times`."""
    calls = Counter()

    def record(frame, event, _argument):
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(OURS) and not code.co_name.startswith("<"):
            calls[str(Path(code.co_filename).relative_to(ROOT)), code.co_qualname] += 1

    threading.setprofile_all_threads(record) if hasattr(threading, "setprofile_all_threads") else threading.setprofile(
        record
    )
    sys.setprofile(record)
    try:
        yield calls
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


@pytest.fixture
def room(people):
    return Room.create(people.ana.user, unique("room"))


async def test_message_takes_few_calls_in_few_files(hub, room, connect, monkeypatch):
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

    await send("warm")
    with recorded_calls() as calls:
        await send("hola")
    for (file, name), times in calls.items():
        print(file, name, times)
    print(sum(calls.values()), len({file for file, _ in calls}))
    assert 0
