"""Two people begin the same private conversation at once, from two servers, while something breaks: it is one."""

import itertools

import pytest

from tests.waiting import MACHINE_IS_OURS, eventually

from . import trouble

pytestmark = pytest.mark.footing("grown")

PAIRS = 200 if MACHINE_IS_OURS else 80  # each is one more try at the same race
CONVERSATIONS = (
    "SELECT r.last_seq, (SELECT count(*) FROM rooms_membership m WHERE m.room_id = r.id)"
    " FROM rooms_room r WHERE r.kind = 'direct'"
)


async def kill(site):
    await eventually(lambda: len(site.database.query(CONVERSATIONS)) > PAIRS // 10, what="some have begun")
    await trouble.kill_a_server(site)


@pytest.mark.parametrize("break_it", [kill, trouble.lose_commit_answers])
async def test_both_begin_the_same_conversation_at_once_and_it_is_one(site, break_it):
    await site.open(servers=2, proxies=("database",))
    count = len(site.ground.people)
    here, there = ([site.join(number, under_way=PAIRS) for _ in range(count)] for number in range(2))
    await site.all_connected()

    for one, other in itertools.islice(itertools.combinations(range(count), 2), PAIRS):
        await here[one].tell(here[other].person.name, "hello")
        await there[other].tell(here[one].person.name, "hello to you")
    await break_it(site)
    await eventually(lambda: all(talker.is_answered for talker in site.talkers), seconds=40, what="all are answered")

    found = site.database.query(CONVERSATIONS)
    assert found == [(2, 2)] * PAIRS
