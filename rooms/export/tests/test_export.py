"""Exports of rooms and users, by command and by download."""

import html
import io
import json
import tracemalloc
import uuid

import pytest
import requests
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from rooms.export import export
from rooms.export.formats import as_json
from rooms.log.batch import write
from rooms.log.drafts import Draft, MessageErasure
from rooms.models import Room
from tests.people import unique

EVIL = "<script>alert(1)</script> **strong** ñ 🎈"


@pytest.fixture
def room(people, monkeypatch):
    """Four messages, one of them erased, in batches of two."""
    monkeypatch.setattr(export, "MESSAGES_PER_BATCH", 2)
    room = Room.create(people.ana.user, unique("<i>taken"))
    for person in (people.ana, people.bruno):
        room.admit(person.user)
    said = [(people.ana, EVIL), (people.bruno, "bruno's"), (people.ana, "gone"), (people.ana, "last")]
    write([Draft(person.id, room.pk, uuid.uuid4(), text) for person, text in said])
    write([MessageErasure(people.ana.id, room.pk, 3)])
    return room


def exported(*words):
    out = io.StringIO()
    call_command("export", *words, stdout=out)
    return out.getvalue()


def test_room_export_has_messages_as_dicts(room):
    [found] = json.loads(exported("room", room.name))["rooms"]
    shapes = [message.to_dict() for message in room.message_set.order_by("seq")]
    assert (found["id"], found["messages"]) == (room.pk, shapes)


def test_user_export_has_whole_conversations_and_own_messages_in_rooms(people, room):
    conversation = Room.between(people.ana.user, people.bruno.user)
    write([Draft(person.id, conversation.pk, uuid.uuid4(), person.name) for person in (people.ana, people.bruno)])
    found = json.loads(exported("user", people.ana.name))
    assert found["user"]["first_names"] == "Ana" and "password" not in json.dumps(found)
    texts = {one["id"]: [message["text"] for message in one["messages"]] for one in found["rooms"]}
    assert texts == {room.pk: [EVIL, "", "last"], conversation.pk: [people.ana.name, people.bruno.name]}


def test_pieces_can_use_different_connections(people, room, monkeypatch):
    monkeypatch.setattr(export, "ROOMS_PER_BATCH", 2)
    rooms = [room, *(Room.create(people.ana.user, unique("other")) for _ in range(4))]
    for one in rooms[1:]:
        one.admit(people.ana.user)
    whole = ""

    for piece in as_json(export.Export.of_user(people.ana.user)):
        whole += piece
        connection.close()  # the next piece may run on another thread

    assert [found["id"] for found in json.loads(whole)["rooms"]] == [one.pk for one in rooms]


def test_html_export_is_escaped(room):
    page = exported("room", str(room.pk), "--format", "html")
    assert html.escape(room.name) in page and "<strong>strong</strong>" in page and "🎈" in page
    assert "<script" not in page and "<i>taken" not in page
    assert page.count("<article") == 4 and "bruno's" in html.unescape(page)


def test_output_file_is_private_and_not_overwritten(room, tmp_path):
    path = tmp_path / "room.json"
    exported("room", room.name, "--output", str(path))
    assert json.loads(path.read_text()) and path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(CommandError, match=r"room\.json"):
        exported("room", room.name, "--output", str(path))


@pytest.mark.parametrize(("what", "which"), [("room", "nowhere at all"), ("user", "nobody-knows"), ("room", "0")])
def test_unknown_room_or_user_is_refused(committed, what, which):
    with pytest.raises(CommandError, match="no"):
        exported(what, which)


@pytest.mark.parametrize("format", ["json", "html"])
def test_users_download_their_own_data(people, room, site, format):
    answer = requests.get(f"{site[0].url}/own-data.{format}", headers={"Cookie": people.ana.cookie}, timeout=20)
    assert answer.status_code == 200 and f"tertulia-{people.ana.name}.{format}" in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store" and "last" in answer.text and "bruno's" not in answer.text


def test_download_requires_sign_in_and_known_format(people):
    browser = Client()
    assert browser.get("/own-data.json").status_code == 302
    browser.force_login(people.ana.user)
    assert browser.get("/own-data.exe").status_code == 404
    assert 'href="/own-data.json"' in browser.get("/accounts/profile/").content.decode()


def test_long_log_is_streamed(people, room, monkeypatch):
    monkeypatch.setattr(export, "MESSAGES_PER_BATCH", 50)
    texts = [f"{number} " + "x" * 2000 for number in range(1000)]
    write([Draft(people.ana.id, room.pk, uuid.uuid4(), text) for text in texts])

    class Nowhere(io.StringIO):
        written = 0

        def write(self, text):
            self.written += len(text)

    out = Nowhere()
    tracemalloc.start()
    call_command("export", "room", room.name, stdout=out)
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert out.written > 4_000_000 > 2 * most
