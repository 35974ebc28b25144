"""`#topic <text>`: stored, sent live, in REST, and in the export."""

import pytest

from rooms.export.export import room_head
from rooms.models import Room
from rooms.models.room import TOPIC_CHARACTERS
from tests.people import sign_up, unique


async def test_owner_sets_the_topic_and_everybody_gets_it_live(join, people):
    ana, bruno = await join(people.ana), await join(people.bruno)
    room = (await ana.command(f"#cR {unique('Physics')}"))["data"]["room"]["id"]

    reply = await ana.command("#topic Exam on Friday")

    assert (reply["code"], reply["text"]) == ("topic_changed", "Topic: Exam on Friday")
    while True:
        rooms = (await bruno.expect("rooms"))["rooms"]
        if any(card["id"] == room and card["topic"] == "Exam on Friday" for card in rooms):
            break


async def test_command_without_text_tells_the_topic(join, people):
    ana = await join(people.ana)
    await ana.command(f"#cR {unique('Chess')}")
    assert (await ana.command("#topic"))["text"] == "This room has no topic."
    await ana.command("#topic Openings")
    assert (await ana.command("#TOPIC"))["code"] == "topic"
    assert (await ana.command("#topic -"))["text"] == "This room has no topic."


def test_topic_is_set_over_rest_and_listed(api_client, people):
    ana = api_client(people.ana)
    room = ana.post("rooms", name=unique("Book club")).json()
    assert room["topic"] == ""

    assert ana.post("commands", text="#topic Rayuela", room=room["id"]).json()["ok"]

    assert ana.get(f"rooms/{room['id']}").json()["topic"] == "Rayuela"
    assert room_head(Room.objects.get(pk=room["id"]))["topic"] == "Rayuela"


def test_only_the_owner_or_staff_changes_the_topic(api_client, people):
    room = api_client(people.ana).post("rooms", name=unique("Staff room")).json()["id"]
    refused = api_client(people.bruno).post("commands", text="#topic mine", room=room).json()
    assert (refused["ok"], refused["code"]) == (False, "not_your_room")
    staff = api_client(sign_up("sara", is_staff=True))
    assert staff.post("commands", text="#topic ours", room=room).json()["ok"]


@pytest.mark.parametrize(("topic", "code"), [("x" * (TOPIC_CHARACTERS + 1), "too_long"), ("a \u0000", "bad_text")])
def test_topic_that_cannot_be_stored_is_refused(api_client, people, topic, code):
    ana = api_client(people.ana)
    room = ana.post("rooms", name=unique("Garden")).json()["id"]
    assert ana.post("commands", text=f"#topic {topic}", room=room).json()["code"] == code


def test_line_breaks_in_a_topic_become_blanks(people):
    room = Room.create(people.ana.user, unique("Choir"))
    room.set_topic(people.ana.user, "Monday\nat six")
    assert Room.objects.get(pk=room.pk).topic == "Monday at six"
