"""Server processes that die, freeze and come back."""

import signal
import time

import pytest

from tests.waiting import let_pass

from .proxy import CommitThief


async def kill_and_restart(site, times):
    for _ in range(times):
        server = site.random.choice(site.servers)
        server.kill()
        await site.go_on(1)
        await site.restart(server)
        await site.go_on(1)


async def test_nothing_is_lost_when_one_of_three_servers_is_killed_again_and_again(site):
    await site.open(servers=3 if site.redis else 1)
    await site.talk()
    await kill_and_restart(site, 3)
    await site.is_right()


@pytest.mark.footing("grown")
async def test_a_server_that_dies_between_commit_and_ack_has_stored_what_it_owes(site):
    await site.open(servers=3, proxies=("database",))
    await site.talk()
    victim = site.servers[0]
    thief = site.proxies["database"][0].interceptor = CommitThief(then=victim.kill)
    await site.go_on(3)
    assert not thief.left, "No commit came by"
    await site.restart(victim)
    await site.is_right()


@pytest.mark.footing("grown")
async def test_a_server_that_froze_goes_on_without_gaps(site):
    await site.open(servers=2)
    await site.talk()
    site.servers[0].signal(signal.SIGSTOP)
    await let_pass(8)
    site.servers[0].signal(signal.SIGCONT)
    await site.go_on(2)
    await site.is_right()


async def test_people_whose_line_breaks_go_on_where_they_were(site):
    await site.open()
    await site.talk()
    end = time.monotonic() + 5
    while time.monotonic() < end:
        site.random.choice(site.talkers).vanish()
        await site.go_on(0.1)
    await site.is_right()
