"""How many webhooks there may be, and accounts of bots, however many are asked for at one moment."""

from collections import Counter

import pytest

from accounts.models import Token
from rooms.models import IncomingHook, OutgoingHook, Room
from rooms.models.hook import new_bot
from tests.at_once import at_once
from tests.people import unique
from tests.programs import refusal


@pytest.fixture
def room(people):
    return Room.create(people.ana.user, unique("Chess"))


def test_of_many_who_wish_for_one_name_at_once_one_has_it(people, room, program):
    programs, name = [program(people.ana) for _ in range(6)], unique("bot")
    answers = at_once(lambda number: programs[number].post(f"rooms/{room.pk}/hooks/incoming", name=name), 6)
    assert Counter(answer.status_code for answer in answers) == {201: 1, 400: 5}
    refused = {refusal(answer) for answer in answers if answer.status_code == 400}
    assert refused == {(400, "username_taken", "name")}


@pytest.mark.parametrize("way", ["incoming", "outgoing"])
def test_a_room_has_so_many_hooks_and_no_more_however_many_are_asked_for_at_once(way, people, room, program):
    for _ in range(8):
        IncomingHook.make(room, new_bot(unique("bot")), people.ana.user)
        OutgoingHook.make(room, "http://127.0.0.1:9/", people.ana.user)
    programs = [program(people.ana, server=-(number % 2)) for number in range(16)]
    wish = {"url": "http://127.0.0.1:9/"} if way == "outgoing" else {}
    names = [unique("bot") for _ in programs]

    def open_way(number):
        return programs[number].post(f"rooms/{room.pk}/hooks/{way}", **(wish or {"name": names[number]}))

    answers = at_once(open_way, len(programs))
    assert Counter(answer.status_code for answer in answers) == {201: 2, 409: 14}
    assert getattr(room, f"{way}_hooks").count() == 10


def test_somebody_has_so_many_tokens_and_no_more_however_many_are_asked_for_at_once(people, program):
    programs = [program(people.ana, server=-(number % 2)) for number in range(16)]
    for _ in range(32):
        Token.make(people.ana.user, "script")
    answers = at_once(lambda number: programs[number].post("tokens", name="one more"), 16)
    assert Counter(answer.status_code for answer in answers) == {201: 2, 400: 14}
    assert people.ana.user.tokens.count() == 50
