"""Three hosts in network namespaces: the site on one, clients on two others, and links that go down and up."""

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
from .environment import FaultEnvironment
from .history import RunHistory
from .network_namespaces import VirtualNetwork
from .observer import PresenceObserver
from .site_under_test import log_violations
from .test_presence import presence_errors
from .writer import ChatWriter

# A disconnected client is detected when the server's pings get no answer.
DETECTION_SECONDS = 45
RECONNECT_SECONDS = 30
SHORT_OUTAGE_SECONDS = 3

pytestmark = [pytest.mark.long, pytest.mark.hosts, pytest.mark.footing("grown")]


class RemoteObserver(PresenceObserver):
    def _url(self):
        return super()._url().replace("127.0.0.1", self.address)


class RemoteWriter(ChatWriter):
    def _url(self):
        return super()._url().replace("127.0.0.1", self.address)


@pytest.fixture
def network():
    find_program("ip", "iproute2")
    with VirtualNetwork("site", "one", "two") as network:
        yield network


@pytest.fixture
def folder():
    with tempfile.TemporaryDirectory(prefix="tertulia-hosts-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o711)  # PostgreSQL runs as another user and has to traverse the folder
        yield Path(name)


@pytest.fixture
async def site_host(network, static_files, folder):
    """The host of the site: PostgreSQL, Redis and one server."""
    host = network.hosts["site"]
    environment = await host.call(FaultEnvironment, folder, "grown")
    database = await host.call(environment.new_database)
    urls = {
        "DATABASE_URL": database.url(),
        "REDIS_URL": environment.redis.url(),
        "ALLOWED_HOSTS": f"{host.address},127.0.0.1",
    }
    server = await host.call(lambda: Server(folder / "server.log", **urls, CHAT_MESSAGE_RATE=0))
    server.host = "0.0.0.0"
    await host.call(server.start)
    await host.call(server.wait_until_ready)
    yield SimpleNamespace(host=host, environment=environment, database=database, server=server, rooms=environment.rooms)
    await host.call(server.signal, signal.SIGKILL)
    await host.call(environment.stop)


@pytest.fixture
async def clients(network, site_host):
    """Three observers and a writer on each of the other hosts, by host, and their history."""
    users, history = iter(site_host.environment.users), RunHistory()
    site = SimpleNamespace(random=random.Random(1), ports_from=lambda _index: [site_host.server.port])
    found = {}
    for name in ("one", "two"):
        observers = [RemoteObserver(site, next(users), site_host.rooms[0], 0) for _ in range(3)]
        writer = RemoteWriter(
            history, next(users), site_host.rooms[1], lambda: [site_host.server.port], site.random, rate=5
        )
        found[name] = SimpleNamespace(observers=observers, writer=writer, all=[*observers, writer])
        for client in found[name].all:
            client.address = site_host.host.address
            await network.hosts[name].run(start(client))
    found["history"] = history
    yield found
    for name in ("one", "two"):
        for client in found[name].all:
            await network.hosts[name].run(client.stop())


async def start(client):
    client.start()


async def wait_presence(observers, clients, seconds, what):
    """Wait until these observers have received the actual presence of `clients`."""
    writers = [client for client in clients if not isinstance(client, PresenceObserver)]

    def is_right():
        present = [
            *observers,
            *(SimpleNamespace(is_connected=w.is_connected, room=w.room, user=w.user) for w in writers),
        ]
        return all(one.is_connected for one in observers) and not any(presence_errors(observers, among=present))

    await eventually(is_right, seconds=seconds, every=0.2, what=what)


def received_leave_notices(observer, others):
    return sum(code == "left" for code, _room in observer.notices) == len(others)


async def test_link_outages_lose_nothing_and_presence_converges(network, site_host, clients):
    one, two, history = clients["one"], clients["two"], clients["history"]
    everyone = [*one.all, *two.all]
    observers = [*one.observers, *two.observers]
    await wait_presence(observers, everyone, RECONNECT_SECONDS, "all are present")

    # A short outage of the site's own link changes nothing.
    network.disconnect("site")
    await let_pass(SHORT_OUTAGE_SECONDS)
    network.reconnect("site")
    await wait_presence(observers, everyone, RECONNECT_SECONDS, "all are still present")
    assert not any(code == "left" for observer in observers for code, _room in observer.notices)

    network.disconnect("one")
    await wait_presence(two.observers, two.all, DETECTION_SECONDS, "the disconnected clients are detected")
    await eventually(
        lambda: all(received_leave_notices(observer, one.observers) for observer in two.observers),
        seconds=20,
        what="leave notices",
    )
    network.reconnect("one")
    await wait_presence(observers, everyone, RECONNECT_SECONDS, "all are present again")

    for side in (one, two):
        side.writer.rate = 0
    await eventually(
        lambda: all(side.writer.is_connected and side.writer.is_answered for side in (one, two)),
        what="all frames are answered",
    )
    heads = await site_host.host.call(site_host.database.heads)
    await eventually(
        lambda: all(side.writer.position == heads[side.writer.room] for side in (one, two)),
        what="all events are received",
    )
    assert not check(history, await site_host.host.call(site_host.database.log))
    assert not log_violations(site_host.server)
