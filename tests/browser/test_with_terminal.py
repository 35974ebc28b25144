"""A terminal and two browsers in one conversation."""

import asyncio

import pytest_asyncio

from tests.people import unique
from tests.terminal.screen import Screen


@pytest_asyncio.fixture(loop_scope="session")
async def terminal(site, people, tmp_path):
    screen = Screen(site[-1].url, tmp_path, "--user", people.carla.name)
    await screen.shows("#help shows")
    yield screen
    screen.close()
    assert "Traceback" not in screen.text


async def test_a_terminal_and_two_browsers_hold_a_conversation(terminal, open_tab, people):
    ana, bruno = await open_tab("ana", people.ana), await open_tab("bruno", people.bruno, server=-1)
    await asyncio.gather(ana.visit(), bruno.visit())
    room, words = unique("Chess"), unique("hola")

    await ana.say(f"#cR {room}")
    await ana.stands_in(room)
    terminal.say(f"#gR {room}")
    await terminal.shows(f"You are now in “{room}”")
    await bruno.say(f"#gR {room}")
    await bruno.stands_in(room)
    terminal.say(f"{words} from the terminal")
    await asyncio.gather(*(tab.reads(f"{words} from the terminal", author=people.carla.name) for tab in (ana, bruno)))
    await bruno.say(f"{words} from a browser")
    await terminal.reads(people.bruno.name, f"{words} from a browser")
    terminal.say(f"#\\private<{people.ana.name}> only for you")
    await terminal.reads(people.carla.name, "only for you")
    await ana.page.locator("#conversations li", has_text=people.carla.name).locator("a").click()
    await ana.reads("only for you", author=people.carla.name)

    terminal.say("#lR")
    await terminal.shows(rf"{room} \(3\)")
    terminal.say("#show users")
    await terminal.shows(f"● {people.ana.name}, in {room}")
    terminal.say(f"#dR {room}")
    await terminal.shows("Only its creator can delete")
    terminal.say(f"#gR {room}")
    await terminal.shows(f"You are now in “{room}”", times=2)
    await ana.say(f"#dR {room}")
    await terminal.shows(f"{people.ana.name} deleted the room “{room}”")
    terminal.say("#exit")
    assert await terminal.ends() == 0
