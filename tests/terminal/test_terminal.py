"""The terminal client against a running server, beside another client of the protocol."""

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
from tests.terminal.screen import TerminalScreen

pytestmark = pytest.mark.footing("embedded")

ESCAPE_SEQUENCES = "evil \x1b]0;title\x07 \x1b[2J \x9b31m \u202e bell\x07 \b\b\b"


@pytest_asyncio.fixture(loop_scope="session")
async def open_screen(site, tmp_path):
    """Start terminal clients that sign in: `screen = await open_screen(people.ana)`."""
    screens = []

    async def open_one(person, *arguments, server=site[0], **environment):
        screens.append(TerminalScreen(server.url, tmp_path, "--user", person.name, *arguments, **environment))
        await screens[-1].expect("#help|#ayuda muestra")  # welcome notice
        return screens[-1]

    yield open_one
    for screen in screens:
        screen.close()
        assert "Traceback" not in screen.text


async def test_conversation_with_room_and_private_commands(people, join, open_screen):
    bruno = await join(people.bruno, server=-1)
    ana, mine, his = await open_screen(people.ana), people.ana.name, people.bruno.name
    room, words = unique("Chess"), unique("hola")

    ana.submit(words)
    await ana.expect_message(mine, words)
    await bruno.expect_message(words)
    await bruno.send_message(f"{words}, ¿qué tal?\ntwo lines")
    await ana.expect_message(his, f"{words}, ¿qué tal?\n      two lines")

    ana.submit(f"#cR {room}")
    await ana.expect(f"── {room}")
    await bruno.command(f"#gR {room}")
    await ana.expect(f"{his} joined")
    await ana.expect(r"· 2 here")
    ana.submit("##not a command")
    await ana.expect_message(mine, "#not a command")
    ana.submit("#lR")
    await ana.expect(re.escape(f"{room} (2)"))
    ana.submit("#show users")
    await ana.expect(f"● {his}, in {room}")
    ana.submit(f"#\\private<{his}> psst")
    await ana.expect_message(mine, "psst")
    await ana.expect(f"Sent to {his}, in private")
    private = await bruno.expect_message("psst")
    await bruno.send_message(
        "pssst", room=next(f["room"] for f in bruno.received("events") if private in f["messages"])
    )
    await ana.expect(rf"\[private\] {his} pssst")

    ana.submit(f"#dR {room}")
    await ana.expect(f"The room “{room}” is deleted")
    ana.submit("#exit")
    assert await ana.wait_exit() == 0
    await ana.expect("Goodbye!$")


async def test_other_commands_are_answered(people, join, open_screen):
    bruno, ana = await join(people.bruno), await open_screen(people.ana)
    room = unique("Chess")
    await bruno.command(f"#cR {room}")

    ana.submit(f"#gR <{room.upper()}>")
    await ana.expect(f"You are now in “{room}”")
    ana.submit("#eR")
    await ana.expect("You are back in")
    ana.submit(f"#dR {room}")
    await ana.expect("Only its creator can delete")
    ana.submit("#help")
    await ana.expect("a private message, wherever the user is")
    ana.submit("#ayuda")
    await ana.expect("a private message, wherever the user is", times=2)
    ana.submit("#nonsense")
    await ana.expect("There is no command")


async def test_server_restart_loses_and_duplicates_no_message(people, cluster, open_screen):
    [server] = await asyncio.to_thread(cluster, 1)
    ana = await open_screen(people.ana, server=server)
    ana.submit("#cR " + unique("room"))
    await ana.expect("is yours")
    ana.submit("before")
    await ana.expect_message(people.ana.name, "before")

    server.signal(signal.SIGTERM)
    await asyncio.to_thread(server.process.wait)
    await ana.expect("No line")
    ana.submit("sent while offline")
    ana.submit("and once more")
    await ana.expect("· 2 waiting")
    await asyncio.to_thread(server.start)
    await asyncio.to_thread(server.wait_until_ready)

    await ana.expect_message(people.ana.name, "and once more", within=40)
    lines = [f"{people.ana.name} {text}" for text in ("before", "sent while offline", "and once more")]
    assert [ana.text.count(line) for line in lines] == [1, 1, 1]
    async with ChatClient(server, people.ana) as other:
        await other.expect("hello")
    ana.type("\x04")
    assert await ana.wait_exit() == 0


async def test_unread_private_messages_are_shown_after_sign_in(people, join, open_screen):
    bruno = await join(people.bruno)
    await bruno.command(f"#private {people.ana.name} are you there?")

    beside = await join(people.ana)
    ana = await open_screen(people.ana)
    await ana.expect(r"\[private\] .* are you there\?")
    await beside.wait_until(lambda: has_read(beside), "ana's message is marked as read")
    ana.submit("#exit")
    await ana.wait_exit()
    await bruno.command(f"#private {people.ana.name} and now?")
    again = await open_screen(people.ana)

    await again.expect(r"\[private\] .* and now\?")
    assert "are you there" not in again.text


def has_read(client):
    """Whether the server has sent a read marker of the first message of a room."""
    return any(marker.get("read_seq") == 1 for frame in client.received("unread") for marker in frame["rooms"])


async def test_slow_mode_delays_only_messages_of_its_room(people, join, open_screen):
    bruno, room, words = await join(people.bruno), unique("Slow"), unique("elsewhere")
    created = await bruno.command(f"#cR {room}")
    ana = await open_screen(people.ana, "--room", str(created["data"]["room"]["id"]))
    await bruno.send(type="slow", id="s", room=created["data"]["room"]["id"], seconds=60)
    await bruno.expect("reply", id="s")

    ana.submit("first")
    ana.submit("too soon")
    await ana.expect_message(people.ana.name, "first")
    ana.submit("#eR")
    await ana.expect("You are back in")
    ana.submit(words)
    await ana.expect_message(people.ana.name, words)

    await ana.expect("· 1 waiting")
    assert f"{people.ana.name} too soon" not in ana.text


async def test_own_private_message_is_not_unread(people, join, open_screen):
    ana, observer = await open_screen(people.ana), await join(people.ana)

    ana.submit(f"#private {people.bruno.name} first")
    await ana.expect_message(people.ana.name, "first")
    await observer.wait_until(lambda: has_read(observer), "the first message is marked as read")
    bruno = await join(people.bruno)  # the server sends the conversation again, with its read markers
    await observer.wait_until(lambda: observer.received("room", id=None)[-1]["room"].get("online"), "bruno is online")
    await bruno.send_message("to all")
    await ana.expect(r"to all\n[\s\S]*connected")

    assert f"{people.bruno.name} (1)" not in ana.text.split("to all")[-1]


async def test_escape_sequences_of_others_do_not_reach_the_terminal(people, join, open_screen):
    bruno, ana = await join(people.bruno), await open_screen(people.ana)

    await bruno.send_message(ESCAPE_SEQUENCES + " end")

    await ana.expect("bell.* end")
    for sequence in ("\x1b]", "\x1b[2J", "\x9b", "\u202e", "\x07", "\b\b\b"):
        assert sequence not in ana.raw


async def test_messages_of_others_do_not_disturb_typing(people, join, open_screen):
    bruno, ana = await join(people.bruno), await open_screen(people.ana)
    words = unique("a line typed slowly while others talk without a pause")

    for number, key in enumerate(words):
        ana.type(key)
        if number % 4 == 0:
            await bruno.send_message(f"without a pause {number}")
    ana.type("\r")

    await bruno.expect_message(words)


async def test_rooms_and_people_are_completed(people, join, open_screen):
    room = unique("Zebra")
    bruno = await join(people.bruno)
    await bruno.command(f"#cR {room}")
    ana = await open_screen(people.ana)
    await bruno.command("#eR")
    greeting = unique("here I am")
    await bruno.send_message(greeting)
    await ana.expect_message(people.bruno.name, greeting)  # the name of a message's author can be completed

    ana.submit("#lR")  # rooms in a reply can be completed before a `rooms` frame arrives
    await ana.expect(rf"{room} \(\d\)")
    await ana.type_slowly(f"#gR {room[:8]}")
    await ana.expect(room, times=2)  # in the menu
    ana.type("\t\r")
    await ana.expect(f"You are now in “{room}”")
    ana.type(f"#\\private<{people.bruno.name[:-2]}\tpsst\r")  # faster than the menu is filled
    await bruno.expect_message("psst")


async def test_repeated_tab_selects_the_next_completion(people, join, open_screen):
    bruno, word = await join(people.bruno), unique("Yak")
    for letter in "ab":
        await bruno.command(f"#cR {word}{letter}")
    ana = await open_screen(people.ana)
    ana.submit("#lR")
    await ana.expect(rf"{word}b \(\d\)")

    ana.type(f"#gR {word}\t\t\r")

    await ana.expect(f"You are now in “{word}b”")


async def test_spanish_locale_translates_the_client(people, open_screen):
    ana = await open_screen(people.ana, LANG="es_ES.UTF-8")

    await ana.expect("Intro envía")
    ana.submit("#exit")
    await ana.expect("¡Hasta luego!")


async def test_token_authenticates_until_it_is_deleted(people, api_client, open_screen):
    bot = await asyncio.to_thread(api_client, people.ana)
    ana = await open_screen(people.ana, TERTULIA_TOKEN=bot.secret, TERTULIA_PASSWORD="none at all")
    words = unique("hola")

    ana.submit(words)
    await ana.expect_message(people.ana.name, words)
    await asyncio.to_thread(bot.delete, f"tokens/{bot.token.pk}")

    await ana.expect("sign in again")
    assert await ana.wait_exit() == 1


async def test_wrong_password_is_refused(people, site, tmp_path):
    screen = TerminalScreen(site[0].url, tmp_path, "--user", people.ana.name, TERTULIA_PASSWORD="not this one")
    try:
        await screen.expect("Wrong user name or password")
        assert await screen.wait_exit() == 1
    finally:
        screen.close()


async def test_page_up_shows_earlier_messages(people, join, open_screen):
    bruno = await join(people.bruno)
    await bruno.command(f"#cR {unique('room')}")
    room = bruno.received("room", here=True)[-1]["room"]["id"]
    await asyncio.to_thread(store_messages, people.bruno.id, room, 60)
    ana = await open_screen(people.ana, "--room", str(room))
    await ana.expect_message(people.bruno.name, "line 60")
    assert "line 5\n" not in ana.text

    ana.type("\x1b[5~")

    await ana.expect_message(people.bruno.name, "line 5\n")


def store_messages(author, room, count):
    write([Draft(author, room, uuid.uuid4(), f"line {number}") for number in range(1, count + 1)])
