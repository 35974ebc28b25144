"""Three hosts: the site on one, people on two others, and cables that are cut and mended."""

import random
import signal
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.servers import Server
from tests.services import find_program
from tests.waiting import eventually, let_pass

from .checker import check
from .conftest import Ground
from .guest import Guest
from .history import History
from .hosts import Network
from .site import wrongs_in_log
from .talker import Talker
from .test_presence import untruths

# Those who are off the line are missed when the server's pings stay without an answer.
MISSED_SECONDS = 45
BACK_SECONDS = 30
BLINK_SECONDS = 3

pytestmark = [pytest.mark.long, pytest.mark.hosts, pytest.mark.footing("grown")]


class FarGuest(Guest):
    def _address(self):
        return super()._address().replace("127.0.0.1", self.address)


class FarTalker(Talker):
    def _address(self):
        return super()._address().replace("127.0.0.1", self.address)


@pytest.fixture
def network():
    find_program("ip", "iproute2")
    with Network("site", "one", "two") as network:
        yield network


@pytest.fixture
def folder():
    with tempfile.TemporaryDirectory(prefix="tertulia-hosts-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o711)  # PostgreSQL, as another user, passes through to its own folder
        yield Path(name)


@pytest.fixture
async def place(network, static_files, folder):
    """The site with PostgreSQL, Redis and a server on its own host."""
    host = network.hosts["site"]
    ground = await host.call(Ground, folder, "grown")
    database = await host.call(ground.new_database)
    urls = {
        "DATABASE_URL": database.url(),
        "REDIS_URL": ground.redis.url(),
        "ALLOWED_HOSTS": f"{host.address},127.0.0.1",
    }
    server = await host.call(lambda: Server(folder / "server.log", **urls, CHAT_MESSAGE_RATE=0))
    server.host = "0.0.0.0"
    await host.call(server.start)
    await host.call(server.wait_until_ready)
    yield SimpleNamespace(host=host, ground=ground, database=database, server=server, rooms=ground.rooms)
    await host.call(server.signal, signal.SIGKILL)
    await host.call(ground.end)


@pytest.fixture
async def people(network, place):
    """Three guests and a talker on each of the other hosts, by host; all there."""
    cast, history = iter(place.ground.people), History()
    site = SimpleNamespace(random=random.Random(1), ports_from=lambda _home: [place.server.port])
    found = {}
    for name in ("one", "two"):
        guests = [FarGuest(site, next(cast), place.rooms[0], 0) for _ in range(3)]
        talker = FarTalker(history, next(cast), place.rooms[1], lambda: [place.server.port], site.random, rate=5)
        found[name] = SimpleNamespace(guests=guests, talker=talker, everybody=[*guests, talker])
        for one in found[name].everybody:
            one.address = place.host.address
            await network.hosts[name].do(start(one))
    found["history"] = history
    yield found
    for name in ("one", "two"):
        for one in found[name].everybody:
            await network.hosts[name].do(one.stop())


async def start(one):
    one.start()


async def true_for(guests, everybody, seconds, what):
    """Wait until these guests believe what is so, of where `everybody` stands."""
    talkers = [one for one in everybody if not isinstance(one, Guest)]

    def is_true():
        standing = [
            *guests,
            *(SimpleNamespace(is_connected=t.is_connected, room=t.room, person=t.person) for t in talkers),
        ]
        return all(guest.is_connected for guest in guests) and not any(untruths(guests, among=standing))

    await eventually(is_true, seconds=seconds, every=0.2, what=what)


def heard_leave(guest, others):
    return sum(code == "left" for code, _room in guest.codes) == len(others)


async def test_cables_that_are_cut_and_mended_lose_nothing_and_leave_the_truth(network, place, people):
    one, two, history = people["one"], people["two"], people["history"]
    everybody = [*one.everybody, *two.everybody]
    await true_for([*one.guests, *two.guests], everybody, BACK_SECONDS, "all are there")

    # A blink of the site's own cable is noticed by nobody.
    network.cut("site")
    await let_pass(BLINK_SECONDS)
    network.mend("site")
    await true_for([*one.guests, *two.guests], everybody, BACK_SECONDS, "all are there still")
    assert not any(code == "left" for guest in (*one.guests, *two.guests) for code, _room in guest.codes)

    network.cut("one")
    await true_for(two.guests, two.everybody, MISSED_SECONDS, "those behind the cut cable are missed")
    await eventually(lambda: all(heard_leave(guest, one.guests) for guest in two.guests), seconds=20, what="they left")
    network.mend("one")
    await true_for([*one.guests, *two.guests], everybody, BACK_SECONDS, "all are back")

    for side in (one, two):
        side.talker.rate = 0
    await eventually(
        lambda: all(side.talker.is_connected and side.talker.is_answered for side in (one, two)), what="all is answered"
    )
    heads = await place.host.call(place.database.heads)
    await eventually(
        lambda: all(side.talker.place == heads[side.talker.room] for side in (one, two)), what="all is heard"
    )
    assert not check(history, await place.host.call(place.database.log))
    assert not wrongs_in_log(place.server)
