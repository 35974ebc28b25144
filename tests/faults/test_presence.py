"""Who is where, and which rooms live: true for everybody soon after whatever happened."""

import asyncio
import signal
from collections import defaultdict

import pytest

from rooms.presence.models import LEASE_SECONDS
from tests.clients import ChatClient
from tests.waiting import TooLong, eventually, in_time, let_pass

from .site import wrongs_in_log

TRUTH_SECONDS = 15
LATE_SECONDS = in_time(5)  # looks
AT_MOST_SECONDS = in_time(TRUTH_SECONDS)
HASTY = {"ROOM_GRACE_SECONDS": 5, "CHAT_RECONNECT_GRACE_SECONDS": 1}
GRACE_SECONDS = HASTY["ROOM_GRACE_SECONDS"]

pytestmark = pytest.mark.footing("grown")


def whereabouts(guests):
    """`{room: names}` as it is: where those who are connected stand."""
    found = defaultdict(list)
    for guest in guests:
        if guest.is_connected:
            found[guest.room].append(guest.person.name)
    return found


def untruths(guests, among=None):
    """What these believe and is not so, of where all `among` whom they are stand."""
    truth = whereabouts(among or guests)
    for guest in guests:
        if not guest.is_connected:
            continue
        if guest.names != sorted(truth[guest.room], key=str.casefold)[:100]:
            yield f"{guest.person.name} sees {guest.names} in room {guest.room}: {truth[guest.room]}"
        for room, count in guest.counts.items():
            if count != len(truth[room]):
                yield f"{guest.person.name} counts {count} in room {room}, where {len(truth[room])} are"


async def all_know_the_truth(guests, seconds=TRUTH_SECONDS + LATE_SECONDS):
    try:
        await eventually(lambda: not any(untruths(guests)), seconds=seconds, every=0.5, what="all know who is where")
    except TooLong:
        raise AssertionError("\n".join(list(untruths(guests))[:10])) from None


async def everybody_is_back(guests):
    await eventually(lambda: all(guest.is_connected for guest in guests), seconds=AT_MOST_SECONDS, what="all are back")


def open_rooms(site):
    return {pk for (pk,) in site.database.query("SELECT id FROM rooms_room WHERE closed_at IS NULL")}


async def closed_for_all(guests, rooms, seconds):
    """By a word of it, or, for those who were just coming back, by a list without these rooms."""

    def unaware():
        return [(guest.person.name, room) for guest in guests for room in rooms if room in guest.counts]

    try:
        await eventually(lambda: not unaware(), seconds=seconds, every=0.2, what="all know which rooms are gone")
    except TooLong:
        raise AssertionError(f"still listed for {len(unaware())}: {unaware()[:10]}") from None


def expect_clean_logs(site):
    wrongs = [wrong for server in site.servers for wrong in wrongs_in_log(server)]
    assert not wrongs


@pytest.mark.parametrize(
    "people, rooms, grace", [(45, 6, GRACE_SECONDS), pytest.param(300, 20, 20, marks=pytest.mark.long)]
)
async def test_a_killed_server_takes_nobodys_place_and_only_the_rooms_of_owners_who_stay_away(
    site, people, rooms, grace
):
    await site.open(servers=3, ROOM_GRACE_SECONDS=grace)
    guests, theirs = await site.gather(people, rooms)
    await all_know_the_truth(guests)
    # Of the owners at home on the first server, every second does not come back.
    lost = [number for number in range(rooms) if number % 3 == 0][::2]

    site.servers[0].kill()
    for number in lost:
        await guests[number].leave()
    there = [guest for guest in guests if not guest.is_finished]
    await everybody_is_back(there)
    await all_know_the_truth(there, AT_MOST_SECONDS)

    doomed = [theirs[number] for number in lost]
    await closed_for_all(there, doomed, LEASE_SECONDS + grace + LATE_SECONDS)
    await let_pass(grace)
    assert open_rooms(site) & set(theirs) == set(theirs) - set(doomed)
    assert all(set(guest.gone) <= set(doomed) and len(set(guest.gone)) == len(guest.gone) for guest in there)
    assert sum(sorted(guest.gone) == sorted(doomed) for guest in there) > len(there) / 2
    await all_know_the_truth(there)
    expect_clean_logs(site)


@pytest.mark.parametrize("seconds", [LEASE_SECONDS + 2, pytest.param(60, marks=pytest.mark.long)])
async def test_a_server_that_slept_through_its_lease_sends_its_clients_away_before_it_speaks(site, seconds):
    await site.open(servers=2)
    person, other = site.ground.people[:2]
    async with ChatClient(site.servers[1], other) as awake, ChatClient(site.servers[0], person) as sleeper:
        await sleeper.expect("notice", code="welcome")
        names = {person.name, other.name}
        await awake.reaches(lambda: any(names <= set(p["names"]) for p in awake.received("people")), "both are seen")

        site.servers[0].signal(signal.SIGSTOP)
        await awake.expect("notice", code="left", data={"name": person.name}, within=LEASE_SECONDS + 10 + LATE_SECONDS)
        await awake.say("while nobody there listens")
        site.servers[0].signal(signal.SIGCONT)

        assert await sleeper.wait_closed() == 4012
        assert not [frame for frame in sleeper.received("events") if frame["messages"]]
        async with ChatClient(site.servers[0], person) as back:
            await back.expect("notice", code="welcome")
            assert site.database.sockets() == 2
    expect_clean_logs(site)


async def test_an_outage_of_everything_closes_no_room_and_takes_no_ones_time(site):
    await site.open(servers=2, **HASTY)
    guests, [room] = await site.gather(3, 1)
    owner, *others = guests
    await all_know_the_truth(guests)
    await owner.leave()
    await eventually(lambda: all(("countdown", room) in guest.codes for guest in others), what="a countdown")

    for server in site.servers:
        server.kill()
    await let_pass(GRACE_SECONDS)
    await asyncio.to_thread(site.postgres.restart, "immediate")
    site.redis.command("FLUSHALL")
    await asyncio.gather(*[site.restart(server) for server in site.servers])
    await owner.come_back()

    await all_know_the_truth(guests)
    assert room in open_rooms(site)
    assert owner.room == room
    await owner.leave()
    await closed_for_all(others, [room], GRACE_SECONDS + LATE_SECONDS)


@pytest.mark.long
async def test_a_database_that_is_away_longer_than_the_grace_time_closes_no_room(site):
    await site.open(servers=2, proxies=("database",), DATABASE_TIMEOUT_SECONDS=2, **HASTY)
    guests, [room] = await site.gather(3, 1)
    owner, *others = guests
    await all_know_the_truth(guests)
    await owner.leave()
    await eventually(lambda: all(("countdown", room) in guest.codes for guest in others), what="a countdown")

    site.switch("database", "hang")
    await let_pass(GRACE_SECONDS + 1)
    site.switch("database", "ok")
    await owner.come_back()

    await eventually(lambda: owner.is_connected and owner.room == room, what="the owner is back")
    await all_know_the_truth(guests)
    assert room in open_rooms(site)


@pytest.mark.parametrize("seconds", [GRACE_SECONDS + 2, pytest.param(120, marks=pytest.mark.long)])
async def test_without_redis_presence_is_right_and_no_room_closes_that_should_live(site, seconds):
    await site.open(servers=3, **HASTY)
    guests, theirs = await site.gather(24, 4)
    await all_know_the_truth(guests)

    site.redis.kill()
    for guest in guests[::3]:
        guest.vanish()
    await guests[1].leave()
    there = [guest for guest in guests if not guest.is_finished]
    await let_pass(seconds)
    await closed_for_all(there, [theirs[1]], GRACE_SECONDS + LATE_SECONDS)
    await asyncio.to_thread(site.redis.start)
    for guest in there[::2]:
        guest.vanish()
    await everybody_is_back(there)

    await all_know_the_truth(there, AT_MOST_SECONDS)
    assert open_rooms(site) & set(theirs) == set(theirs) - {theirs[1]}
    expect_clean_logs(site)
