"""Mass reconnection, as after a network outage: every client is served in time, with few queries each."""

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest

from bench.clients.client_pool import ClientPool
from bench.clients.protocols import Seat, TertuliaProtocol

from .site_under_test import log_violations

pytestmark = pytest.mark.footing("grown")

SERVERS = 3
AT_ONCE = 200  # on each server: clients reconnect with jitter
ROOMS = 20
RETURN_SECONDS = 60
QUERIES_PER_SOCKET = 3
STATEMENT = re.compile(r"LOG:  (?:statement|execute \S+): (?!BEGIN|COMMIT|ROLLBACK|SET |SHOW )")


class ResumingProtocol(TertuliaProtocol):
    """Tertulia's protocol, resuming each room from its head: `heads` are {room: (epoch, version)}."""

    def __init__(self, heads):
        super().__init__()
        self._heads = heads

    def path(self, seat):
        epoch, version = self._heads[seat.room]
        return f"/ws/chat/?{urlencode({'room': seat.room, 'epoch': epoch, 'version': version})}"


@pytest.mark.parametrize("sockets", [300, pytest.param(5000, marks=pytest.mark.long)])
async def test_mass_reconnect_is_fast_and_needs_few_queries(site, sockets):
    site.database.query(f"ALTER DATABASE {site.database.name} SET log_statement = 'all'")
    await site.open(servers=SERVERS)
    added = await asyncio.to_thread(site.add_users, sockets, ROOMS)
    clients = [Seat(added["rooms"][number % ROOMS], user["cookie"]) for number, user in enumerate(added["users"])]
    await asyncio.to_thread(connect_and_drop, site, clients)

    before = statements(site)
    seconds = await asyncio.to_thread(connect_and_drop, site, clients)
    queries = (statements(site) - before) / sockets

    print(f"{sockets} sockets reconnected in {seconds:.1f} s, with {queries:.2f} queries each")
    assert seconds < RETURN_SECONDS
    assert queries <= QUERIES_PER_SOCKET
    assert not [violation for server in site.servers for violation in log_violations(server)]


def connect_and_drop(site, clients):
    """Connect all clients at once and abort their connections; the seconds until the last had joined its room."""
    pools = [ClientPool(port, ResumingProtocol(site.database.heads())) for port in site.ports]
    try:
        return connect_all(pools, clients)
    finally:
        for pool in pools:
            pool.close()


def connect_all(pools, clients):
    shares = [clients[number :: len(pools)] for number in range(len(pools))]
    with ThreadPoolExecutor(len(pools)) as threads:
        return max(threads.map(lambda pool, share: pool.connect(share, concurrency=AT_ONCE), pools, shares))


def statements(site):
    """How many statements the database has logged, without those that control transactions."""
    return len(STATEMENT.findall(site.postgres.log()))
