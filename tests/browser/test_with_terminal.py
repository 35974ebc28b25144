"""The terminal client and two browsers together."""

import asyncio
import signal

import pytest
import pytest_asyncio

from tests.faults.proxy import Proxy
from tests.people import unique
from tests.terminal.screen import TerminalScreen

pytestmark = pytest.mark.once("grown")


@pytest_asyncio.fixture(loop_scope="session")
async def terminal(site, people, tmp_path):
    screen = TerminalScreen(site[-1].url, tmp_path, "--user", people.carla.name)
    await screen.expect("#help shows")
    yield screen
    screen.close()
    assert "Traceback" not in screen.text


async def test_terminal_and_browsers_exchange_messages(terminal, open_tab, people):
    ana, bruno = await open_tab("ana", people.ana), await open_tab("bruno", people.bruno, server=-1)
    await asyncio.gather(ana.visit(), bruno.visit())
    room, words = unique("Chess"), unique("hola")

    await ana.send_message(f"#cR {room}")
    await ana.expect_room(room)
    terminal.submit(f"#gR {room}")
    await terminal.expect(f"You are now in “{room}”")
    await bruno.send_message(f"#gR {room}")
    await bruno.expect_room(room)
    terminal.submit(f"{words} from the terminal")
    await asyncio.gather(
        *(tab.expect_message(f"{words} from the terminal", author=people.carla.name) for tab in (ana, bruno))
    )
    await bruno.send_message(f"{words} from a browser")
    await terminal.expect_message(people.bruno.name, f"{words} from a browser")
    terminal.submit(f"#\\private<{people.ana.name}> only for you")
    await terminal.expect_message(people.carla.name, "only for you")
    await ana.page.locator("#conversations li", has_text=people.carla.name).locator("a").click()
    await ana.expect_message("only for you", author=people.carla.name)

    terminal.submit("#lR")
    await terminal.expect(rf"{room} \(3\)")
    terminal.submit("#show users")
    await terminal.expect(f"● {people.ana.name}, in {room}")
    terminal.submit(f"#dR {room}")
    await terminal.expect("Only its creator can delete")
    terminal.submit(f"#gR {room}")
    await terminal.expect(f"You are now in “{room}”", times=2)
    await ana.send_message(f"#dR {room}")
    await terminal.expect(f"{people.ana.name} deleted the room “{room}”")
    terminal.submit("#exit")
    assert await terminal.wait_exit() == 0


@pytest_asyncio.fixture(loop_scope="session")
async def slow_line(cluster):
    """A server and a slow proxy of it: `(server, line)`."""
    [server] = await asyncio.to_thread(cluster, 1)
    line = Proxy(server.port)
    await line.start()
    line.mode = "slow"
    yield server, line
    await line.close()


@pytest.mark.long
@pytest.mark.footing("embedded")
async def test_slow_clients_lose_nothing_over_a_restart(slow_line, open_tab, people, tmp_path):
    server, line = slow_line
    carla = TerminalScreen(line.url, tmp_path, "--user", people.carla.name)
    texts = [unique(word) for word in ["one", "two"]]
    try:
        await carla.expect("#help shows", within=60)
        tabs = [await open_tab(person.name, person, server=server) for person in (people.ana, people.bruno)]
        for tab in tabs:
            tab.expect_complaints("WebSocket", "ERR_", "Failed to")
        await asyncio.gather(*(tab.visit() for tab in tabs))
        carla.submit(texts[0])
        await asyncio.gather(*(tab.expect_message(texts[0], author=people.carla.name) for tab in tabs))

        server.signal(signal.SIGTERM)
        await asyncio.to_thread(server.process.wait)
        await carla.expect("No line", within=30)
        carla.submit(texts[1])
        await asyncio.to_thread(server.start)
        await asyncio.to_thread(server.wait_until_ready)
        await asyncio.gather(*(tab.ready() for tab in tabs))
        await asyncio.gather(*(tab.expect_message(texts[1], author=people.carla.name) for tab in tabs))
        await tabs[0].send_message("after it")
        await carla.expect_message(people.ana.name, "after it", within=60)
        await asyncio.gather(*(tab.expect_message("after it", author=people.ana.name) for tab in tabs))

        logs = [await tab.stored_texts(people.ana.name, people.carla.name) for tab in tabs]
        assert logs == [[*texts, "after it"]] * 2
        carla.submit("#exit")
        assert await carla.wait_exit() == 0
    finally:
        carla.close()
