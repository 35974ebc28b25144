"""The terminal client against the real server, beside a client of the protocol."""

import asyncio
import re
import signal
import uuid

import pytest
import pytest_asyncio

from rooms.log.batch import write
from rooms.log.drafts import Draft
from tests.clients import ChatClient
from tests.people import unique

from .screen import Screen

pytestmark = pytest.mark.footing("embedded")

STEERING = "evil \x1b]0;title\x07 \x1b[2J \x9b31m \u202e bell\x07 \b\b\b"


@pytest_asyncio.fixture(loop_scope="session")
async def open_screen(site, tmp_path):
    """`screen = await open_screen(people.ana)` sits down at a terminal and signs in."""
    screens = []

    async def open_one(person, *arguments, server=site[0], **environment):
        screens.append(Screen(server.url, tmp_path, "--user", person.name, *arguments, **environment))
        await screens[-1].shows("#help|#ayuda muestra")  # the welcome
        return screens[-1]

    yield open_one
    for screen in screens:
        screen.close()
        assert "Traceback" not in screen.text


async def test_a_conversation_with_all_commands(people, join, open_screen):
    bruno = await join(people.bruno, server=-1)
    ana, mine, his = await open_screen(people.ana), people.ana.name, people.bruno.name
    room, words = unique("Chess"), unique("hola")

    ana.say(words)
    await ana.reads(mine, words)
    await bruno.hear(words)
    await bruno.say(f"{words}, ¿qué tal?\ntwo lines")
    await ana.reads(his, f"{words}, ¿qué tal?\n      two lines")

    ana.say(f"#cR {room}")
    await ana.shows(f"── {room}")
    await bruno.command(f"#gR {room}")
    await ana.shows(f"{his} joined")
    await ana.shows(r"· 2 here")
    ana.say("##not a command")
    await ana.reads(mine, "#not a command")
    ana.say("#lR")
    await ana.shows(re.escape(f"{room} (2)"))
    ana.say("#show users")
    await ana.shows(f"● {his}, in {room}")
    ana.say(f"#\\private<{his}> psst")
    await ana.reads(mine, "psst")
    await ana.shows(f"Sent to {his}, in private")
    private = await bruno.hear("psst")
    await bruno.say("pssst", room=next(f["room"] for f in bruno.received("events") if private in f["messages"]))
    await ana.shows(rf"\[private\] {his} pssst")

    ana.say(f"#dR {room}")
    await ana.shows(f"The room “{room}” is deleted")
    ana.say("#exit")
    assert await ana.ends() == 0
    await ana.shows("Goodbye!$")


async def test_the_other_commands(people, join, open_screen):
    bruno, ana = await join(people.bruno), await open_screen(people.ana)
    room = unique("Chess")
    await bruno.command(f"#cR {room}")

    ana.say(f"#gR <{room.upper()}>")
    await ana.shows(f"You are now in “{room}”")
    ana.say("#eR")
    await ana.shows("You are back in")
    ana.say(f"#dR {room}")
    await ana.shows("Only its creator can delete")
    ana.say("#help")
    await ana.shows("a private message, wherever the user is")
    ana.say("#ayuda")
    await ana.shows("a private message, wherever the user is", times=2)
    ana.say("#nonsense")
    await ana.shows("There is no command")


async def test_a_restart_of_the_server_loses_and_doubles_nothing(people, cluster, open_screen):
    [server] = await asyncio.to_thread(cluster, 1)
    ana = await open_screen(people.ana, server=server)
    ana.say("#cR " + unique("room"))
    await ana.shows("is yours")
    ana.say("before")
    await ana.reads(people.ana.name, "before")

    server.signal(signal.SIGTERM)
    await asyncio.to_thread(server.process.wait)
    await ana.shows("No line")
    ana.say("said in the dark")
    ana.say("and once more")
    await ana.shows("· 2 waiting")
    await asyncio.to_thread(server.start)
    await asyncio.to_thread(server.wait_until_ready)

    await ana.reads(people.ana.name, "and once more", within=40)
    said = [f"{people.ana.name} {text}" for text in ("before", "said in the dark", "and once more")]
    assert [ana.text.count(line) for line in said] == [1, 1, 1]
    async with ChatClient(server, people.ana) as other:
        await other.expect("hello")
    ana.type("\x04")
    assert await ana.ends() == 0


async def test_what_came_while_one_was_away_waits(people, join, open_screen):
    bruno = await join(people.bruno)
    await bruno.command(f"#private {people.ana.name} are you there?")

    beside = await join(people.ana)
    ana = await open_screen(people.ana)
    await ana.shows(r"\[private\] .* are you there\?")
    await beside.reaches(lambda: has_read(beside), "that ana has read it")
    ana.say("#exit")
    await ana.ends()
    await bruno.command(f"#private {people.ana.name} and now?")
    again = await open_screen(people.ana)

    await again.shows(r"\[private\] .* and now\?")
    assert "are you there" not in again.text


def has_read(client):
    """Whether the server has told of a mark in a private conversation."""
    return any(mark.get("read_seq") == 1 for frame in client.received("unread") for mark in frame["rooms"])


async def test_a_slow_room_keeps_nothing_back_but_its_own(people, join, open_screen):
    bruno, room, words = await join(people.bruno), unique("Slow"), unique("elsewhere")
    made = await bruno.command(f"#cR {room}")
    ana = await open_screen(people.ana, "--room", str(made["data"]["room"]["id"]))
    await bruno.send(type="slow", id="s", room=made["data"]["room"]["id"], seconds=60)
    await bruno.expect("reply", id="s")

    ana.say("first")
    ana.say("too soon")
    await ana.reads(people.ana.name, "first")
    ana.say("#eR")
    await ana.shows("You are back in")
    ana.say(words)
    await ana.reads(people.ana.name, words)

    await ana.shows("· 1 waiting")
    assert f"{people.ana.name} too soon" not in ana.text


async def test_what_one_says_in_private_does_not_count_as_unread(people, join, open_screen):
    ana, ears = await open_screen(people.ana), await join(people.ana)

    ana.say(f"#private {people.bruno.name} first")
    await ana.reads(people.ana.name, "first")
    await ears.reaches(lambda: has_read(ears), "that the first message counts as read")
    bruno = await join(people.bruno)  # now the conversation is told of once more, as it stands
    await ears.reaches(lambda: ears.received("room", id=None)[-1]["room"].get("online"), "that bruno has come")
    await bruno.say("to all")
    await ana.shows(r"to all\n[\s\S]*connected")

    assert f"{people.bruno.name} (1)" not in ana.text.split("to all")[-1]


async def test_words_of_others_do_not_steer_the_terminal(people, join, open_screen):
    bruno, ana = await join(people.bruno), await open_screen(people.ana)

    await bruno.say(STEERING + " end")

    await ana.shows("bell.* end")
    for sequence in ("\x1b]", "\x1b[2J", "\x9b", "\u202e", "\x07", "\b\b\b"):
        assert sequence not in ana.raw


async def test_what_is_typed_while_others_talk_is_not_lost(people, join, open_screen):
    bruno, ana = await join(people.bruno), await open_screen(people.ana)
    words = unique("a line typed slowly while others talk without a pause")

    for number, key in enumerate(words):
        ana.type(key)
        if number % 4 == 0:
            await bruno.say(f"without a pause {number}")
    ana.type("\r")

    await bruno.hear(words)


async def test_rooms_and_people_are_completed(people, join, open_screen):
    room = unique("Zebra")
    bruno = await join(people.bruno)
    await bruno.command(f"#cR {room}")
    ana = await open_screen(people.ana)
    await bruno.command("#eR")
    greeting = unique("here I am")
    await bruno.say(greeting)
    await ana.reads(people.bruno.name, greeting)  # so that his name is known there, whoever else is in the room

    ana.say("#lR")  # what has been listed can be completed, whenever the server tells of it by itself
    await ana.shows(rf"{room} \(\d\)")
    await ana.type_slowly(f"#gR {room[:8]}")
    await ana.shows(room, times=2)  # in the menu
    ana.type("\t\r")
    await ana.shows(f"You are now in “{room}”")
    ana.type(f"#\\private<{people.bruno.name[:-2]}\tpsst\r")  # faster than any menu
    await bruno.hear("psst")


async def test_tab_goes_from_one_completion_to_the_next(people, join, open_screen):
    bruno, word = await join(people.bruno), unique("Yak")
    for letter in "ab":
        await bruno.command(f"#cR {word}{letter}")
    ana = await open_screen(people.ana)
    ana.say("#lR")
    await ana.shows(rf"{word}b \(\d\)")

    ana.type(f"#gR {word}\t\t\r")

    await ana.shows(f"You are now in “{word}b”")


async def test_it_speaks_spanish_where_the_locale_does(people, open_screen):
    ana = await open_screen(people.ana, LANG="es_ES.UTF-8")

    await ana.shows("Intro envía")
    ana.say("#exit")
    await ana.shows("¡Hasta luego!")


async def test_a_token_does_instead_of_a_password(people, program, open_screen):
    bot = await asyncio.to_thread(program, people.ana)
    ana = await open_screen(people.ana, TERTULIA_TOKEN=bot.secret, TERTULIA_PASSWORD="none at all")
    words = unique("hola")

    ana.say(words)
    await ana.reads(people.ana.name, words)
    await asyncio.to_thread(bot.delete, f"tokens/{bot.token.pk}")

    await ana.shows("sign in again")
    assert await ana.ends() == 1


async def test_a_wrong_password_is_answered(people, site, tmp_path):
    screen = Screen(site[0].url, tmp_path, "--user", people.ana.name, TERTULIA_PASSWORD="not this one")
    try:
        await screen.shows("Wrong user name or password")
        assert await screen.ends() == 1
    finally:
        screen.close()


async def test_earlier_messages_are_shown_when_asked_for(people, join, open_screen):
    bruno = await join(people.bruno)
    await bruno.command(f"#cR {unique('room')}")
    room = bruno.received("room", here=True)[-1]["room"]["id"]
    await asyncio.to_thread(fill, people.bruno.id, room, 60)
    ana = await open_screen(people.ana, "--room", str(room))
    await ana.reads(people.bruno.name, "line 60")
    assert "line 5\n" not in ana.text

    ana.type("\x1b[5~")

    await ana.reads(people.bruno.name, "line 5\n")


def fill(author, room, count):
    write([Draft(author, room, uuid.uuid4(), f"line {number}") for number in range(1, count + 1)])
