"""Concurrent creation of one private conversation from two servers under faults: it is created once."""

import itertools

import pytest

from tests.waiting import eventually

from . import fault_injection

pytestmark = pytest.mark.footing("grown")

PAIRS = 200
CONVERSATIONS = (
    "SELECT r.last_seq, (SELECT count(*) FROM rooms_membership m WHERE m.room_id = r.id)"
    " FROM rooms_room r WHERE r.kind = 'direct'"
)


async def kill_while_creating(site):
    await eventually(lambda: len(site.database.query(CONVERSATIONS)) > PAIRS // 10, what="some conversations exist")
    await fault_injection.kill_server(site)


@pytest.mark.parametrize("inject", [kill_while_creating, fault_injection.drop_commit_responses])
async def test_conversation_started_by_both_sides_at_once_is_created_once(site, inject):
    await site.open(servers=2, proxies=("database",))
    count = len(site.environment.users)
    here, there = ([site.add_writer(number, max_in_flight=PAIRS) for _ in range(count)] for number in range(2))
    await site.wait_connected()

    for one, other in itertools.islice(itertools.combinations(range(count), 2), PAIRS):
        await here[one].send_private(here[other].user.name, "hello")
        await there[other].send_private(here[one].user.name, "hello to you")
    await inject(site)
    await eventually(
        lambda: all(writer.is_answered for writer in site.writers), seconds=40, what="all frames are answered"
    )

    found = site.database.query(CONVERSATIONS)
    assert found == [(2, 2)] * PAIRS
