"""A terminal and two browsers in one conversation."""

import asyncio
import signal

import pytest
import pytest_asyncio

from tests.faults.proxy import Proxy
from tests.people import unique
from tests.terminal.screen import Screen

pytestmark = pytest.mark.once("grown")


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


@pytest_asyncio.fixture(loop_scope="session")
async def slow_line(cluster):
    """One server of our own, and the slow line to it: `(server, line)`."""
    [server] = await asyncio.to_thread(cluster, 1)
    line = Proxy(server.port)
    await line.start()
    line.mode = "slow"
    yield server, line
    await line.close()


@pytest.mark.long
@pytest.mark.footing("embedded")
async def test_a_conversation_over_a_slow_line_outlives_a_restart_of_the_server(slow_line, open_tab, people, tmp_path):
    server, line = slow_line
    carla, texts = Screen(line.url, tmp_path, "--user", people.carla.name), [unique(word) for word in ["one", "two"]]
    try:
        await carla.shows("#help shows", within=60)
        tabs = [await open_tab(person.name, person, server=server) for person in (people.ana, people.bruno)]
        for tab in tabs:
            tab.expect_complaints("WebSocket", "ERR_", "Failed to")
        await asyncio.gather(*(tab.visit() for tab in tabs))
        carla.say(texts[0])
        await asyncio.gather(*(tab.reads(texts[0], author=people.carla.name) for tab in tabs))

        server.signal(signal.SIGTERM)
        await asyncio.to_thread(server.process.wait)
        await carla.shows("No line", within=30)
        carla.say(texts[1])
        await asyncio.to_thread(server.start)
        await asyncio.to_thread(server.wait_until_ready)
        await asyncio.gather(*(tab.ready() for tab in tabs))
        await asyncio.gather(*(tab.reads(texts[1], author=people.carla.name) for tab in tabs))
        await tabs[0].say("after it")
        await carla.reads(people.ana.name, "after it", within=60)
        await asyncio.gather(*(tab.reads("after it", author=people.ana.name) for tab in tabs))

        logs = [await tab.log_of(people.ana.name, people.carla.name) for tab in tabs]
        assert logs == [[*texts, "after it"]] * 2
        carla.say("#exit")
        assert await carla.ends() == 0
    finally:
        carla.close()
