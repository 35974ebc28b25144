"""Very many who come back at once, as after a cut: all served, in time, at a small cost."""

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest

from bench.clients.client_pool import ClientPool
from bench.clients.protocols import Seat, TertuliaProtocol

from .site import wrongs_in_log

pytestmark = pytest.mark.footing("grown")

SERVERS = 3
AT_ONCE = 200  # on each server; clients come back with a jittered wait
ROOMS = 20
RETURN_SECONDS = 60
QUERIES_A_SOCKET = 3
STATEMENT = re.compile(r"LOG:  (?:statement|execute \S+): (?!BEGIN|COMMIT|ROLLBACK|SET |SHOW )")


class Returning(TertuliaProtocol):
    """As `TertuliaProtocol`, with what one has of the room: `heads` are {room: (epoch, version)}."""

    def __init__(self, heads):
        super().__init__()
        self._heads = heads

    def path(self, guest):
        epoch, version = self._heads[guest.room]
        return f"/ws/chat/?{urlencode({'room': guest.room, 'epoch': epoch, 'version': version})}"


@pytest.mark.parametrize("sockets", [300, pytest.param(5000, marks=pytest.mark.long)])
async def test_all_are_back_soon_after_a_cut_and_ask_little_of_the_database(site, sockets):
    site.database.query(f"ALTER DATABASE {site.database.name} SET log_statement = 'all'")
    await site.open(servers=SERVERS)
    told = await asyncio.to_thread(site.settle_crowd, sockets, ROOMS)
    guests = [Seat(told["rooms"][number % ROOMS], one["cookie"]) for number, one in enumerate(told["people"])]
    await asyncio.to_thread(come_and_be_cut, site, guests)

    before = statements(site)
    seconds = await asyncio.to_thread(come_and_be_cut, site, guests)
    asked = (statements(site) - before) / sockets

    print(f"{sockets} sockets were back in {seconds:.1f} s, with {asked:.2f} queries each")
    assert seconds < RETURN_SECONDS
    assert asked <= QUERIES_A_SOCKET
    assert not [wrong for server in site.servers for wrong in wrongs_in_log(server)]


def come_and_be_cut(site, guests):
    """All connect at once; the seconds until the last stands in its room. Then their lines break."""
    crowds = [ClientPool(port, Returning(site.database.heads())) for port in site.ports]
    try:
        return connect_all(crowds, guests)
    finally:
        for crowd in crowds:
            crowd.close()


def connect_all(crowds, guests):
    shares = [guests[number :: len(crowds)] for number in range(len(crowds))]
    with ThreadPoolExecutor(len(crowds)) as threads:
        return max(threads.map(lambda crowd, share: crowd.connect(share, concurrency=AT_ONCE), crowds, shares))


def statements(site):
    """How many the database has been asked so far, transactions' own aside."""
    return len(STATEMENT.findall(site.postgres.log()))
