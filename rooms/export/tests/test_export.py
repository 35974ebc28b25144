"""What people and rooms take along."""

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
    """Three messages, in pieces of two."""
    monkeypatch.setattr(export, "MESSAGES_A_PIECE", 2)
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


def test_a_room_is_exported_in_the_one_shape_of_messages(room):
    [found] = json.loads(exported("room", room.name))["rooms"]
    shapes = [message.to_dict() for message in room.message_set.order_by("seq")]
    assert (found["id"], found["messages"]) == (room.pk, shapes)


def test_a_person_gets_both_sides_of_conversations_but_only_their_own_words_in_rooms(people, room):
    conversation = Room.between(people.ana.user, people.bruno.user)
    write([Draft(person.id, conversation.pk, uuid.uuid4(), person.name) for person in (people.ana, people.bruno)])
    found = json.loads(exported("user", people.ana.name))
    assert found["user"]["first_names"] == "Ana" and "password" not in json.dumps(found)
    texts = {one["id"]: [message["text"] for message in one["messages"]] for one in found["rooms"]}
    assert texts == {room.pk: [EVIL, "", "last"], conversation.pk: [people.ana.name, people.bruno.name]}


def test_nothing_of_the_database_is_held_between_two_pieces(people, room, monkeypatch):
    monkeypatch.setattr(export, "ROOMS_A_PIECE", 2)
    rooms = [room, *(Room.create(people.ana.user, unique("other")) for _ in range(4))]
    for one in rooms[1:]:
        one.admit(people.ana.user)
    whole = ""

    for piece in as_json(export.Export.of_user(people.ana.user)):
        whole += piece
        connection.close()  # the next piece is another thread's

    assert [found["id"] for found in json.loads(whole)["rooms"]] == [one.pk for one in rooms]


def test_the_page_shows_everything_as_words_and_runs_nothing(room):
    page = exported("room", str(room.pk), "--format", "html")
    assert html.escape(room.name) in page and "<strong>strong</strong>" in page and "🎈" in page
    assert "<script" not in page and "<i>taken" not in page
    assert page.count("<article") == 4 and "bruno's" in html.unescape(page)


def test_a_file_is_made_anew_for_its_owner_alone_and_none_is_written_over(room, tmp_path):
    path = tmp_path / "room.json"
    exported("room", room.name, "--output", str(path))
    assert json.loads(path.read_text()) and path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(CommandError, match=r"room\.json"):
        exported("room", room.name, "--output", str(path))


@pytest.mark.parametrize(("what", "which"), [("room", "nowhere at all"), ("user", "nobody-knows"), ("room", "0")])
def test_what_is_not_there_is_refused_in_words(committed, what, which):
    with pytest.raises(CommandError, match="no"):
        exported(what, which)


@pytest.mark.parametrize("format", ["json", "html"])
def test_everybody_downloads_their_own_from_the_running_site(people, room, site, format):
    answer = requests.get(f"{site[0].url}/own-data.{format}", headers={"Cookie": people.ana.cookie}, timeout=20)
    assert answer.status_code == 200 and f"tertulia-{people.ana.name}.{format}" in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store" and "last" in answer.text and "bruno's" not in answer.text


def test_strangers_and_other_formats_get_nothing(people):
    browser = Client()
    assert browser.get("/own-data.json").status_code == 302
    browser.force_login(people.ana.user)
    assert browser.get("/own-data.exe").status_code == 404
    assert 'href="/own-data.json"' in browser.get("/accounts/profile/").content.decode()


def test_a_long_log_is_never_whole_in_memory(people, room, monkeypatch):
    monkeypatch.setattr(export, "MESSAGES_A_PIECE", 50)
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
