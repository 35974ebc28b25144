"""Presence and temporary rooms converge for every client soon after a fault."""

import asyncio
import signal
from collections import defaultdict

import pytest

from rooms.presence.models import LEASE_SECONDS
from tests.clients import ChatClient
from tests.waiting import WaitTimeout, eventually, in_time, let_pass

from .site_under_test import log_violations

CONVERGENCE_SECONDS = 15
MARGIN_SECONDS = in_time(5)  # the polling interval
MAX_SECONDS = in_time(CONVERGENCE_SECONDS)
SHORT_GRACE = {"ROOM_GRACE_SECONDS": 5, "CHAT_RECONNECT_GRACE_SECONDS": 1}
GRACE_SECONDS = SHORT_GRACE["ROOM_GRACE_SECONDS"]

pytestmark = pytest.mark.footing("grown")


def actual_presence(observers):
    """The users of connected clients: `{room: names}`."""
    found = defaultdict(list)
    for observer in observers:
        if observer.is_connected:
            found[observer.room].append(observer.user.name)
    return found


def presence_errors(observers, among=None):
    """Describe each difference between received and actual presence; `among` are all clients, if remaining are more."""
    actual = actual_presence(among or observers)
    for observer in observers:
        if not observer.is_connected:
            continue
        if observer.names != sorted(actual[observer.room], key=str.casefold)[:100]:
            yield f"{observer.user.name} sees {observer.names} in room {observer.room}: {actual[observer.room]}"
        for room, count in observer.counts.items():
            if count != len(actual[room]):
                yield f"{observer.user.name} counts {count} in room {room}: {len(actual[room])}"


async def wait_presence_converged(observers, seconds=CONVERGENCE_SECONDS + MARGIN_SECONDS):
    try:
        await eventually(
            lambda: not any(presence_errors(observers)), seconds=seconds, every=0.5, what="presence has converged"
        )
    except WaitTimeout:
        raise AssertionError("\n".join(list(presence_errors(observers))[:10])) from None


async def wait_reconnected(observers):
    await eventually(
        lambda: all(observer.is_connected for observer in observers),
        seconds=MAX_SECONDS,
        what="all observers are connected",
    )


def open_rooms(site):
    return {pk for (pk,) in site.database.query("SELECT id FROM rooms_room WHERE closed_at IS NULL")}


async def wait_rooms_gone(observers, rooms, seconds):
    """Wait until no observer lists these rooms, by `room_gone` or, after a reconnect, by a new list."""

    def still_listed():
        return [(observer.user.name, room) for observer in observers for room in rooms if room in observer.counts]

    try:
        await eventually(lambda: not still_listed(), seconds=seconds, every=0.2, what="the rooms are gone for all")
    except WaitTimeout:
        raise AssertionError(f"still listed for {len(still_listed())}: {still_listed()[:10]}") from None


def expect_clean_logs(site):
    violations = [violation for server in site.servers for violation in log_violations(server)]
    assert not violations


@pytest.mark.parametrize(
    "users, rooms, grace", [(45, 6, GRACE_SECONDS), pytest.param(300, 20, 20, marks=pytest.mark.long)]
)
async def test_killed_server_loses_no_presence_and_closes_only_rooms_of_absent_owners(site, users, rooms, grace):
    await site.open(servers=3, ROOM_GRACE_SECONDS=grace)
    observers, room_ids = await site.add_observers(users, rooms)
    await wait_presence_converged(observers)
    # Every second owner of those on the first server does not come back.
    absent = [number for number in range(rooms) if number % 3 == 0][::2]

    site.servers[0].kill()
    for number in absent:
        await observers[number].leave()
    remaining = [observer for observer in observers if not observer.is_finished]
    await wait_reconnected(remaining)
    await wait_presence_converged(remaining, MAX_SECONDS)

    expired = [room_ids[number] for number in absent]
    await wait_rooms_gone(remaining, expired, LEASE_SECONDS + grace + MARGIN_SECONDS)
    await let_pass(grace)
    assert open_rooms(site) & set(room_ids) == set(room_ids) - set(expired)
    assert all(
        set(observer.gone) <= set(expired) and len(set(observer.gone)) == len(observer.gone) for observer in remaining
    )
    assert sum(sorted(observer.gone) == sorted(expired) for observer in remaining) > len(remaining) / 2
    await wait_presence_converged(remaining)
    expect_clean_logs(site)


@pytest.mark.parametrize("seconds", [LEASE_SECONDS + 2, pytest.param(60, marks=pytest.mark.long)])
async def test_server_frozen_past_its_lease_closes_its_clients_before_sending_events(site, seconds):
    await site.open(servers=2)
    user, other = site.environment.users[:2]
    async with ChatClient(site.servers[1], other) as reader, ChatClient(site.servers[0], user) as frozen:
        await frozen.expect("notice", code="welcome")
        names = {user.name, other.name}
        await reader.wait_until(
            lambda: any(names <= set(p["names"]) for p in reader.received("people")), "both users are listed"
        )

        site.servers[0].signal(signal.SIGSTOP)
        await reader.expect("notice", code="left", data={"name": user.name}, within=LEASE_SECONDS + 10 + MARGIN_SECONDS)
        await reader.send_message("while the other server is frozen")
        site.servers[0].signal(signal.SIGCONT)

        assert await frozen.wait_closed() == 4012
        assert not [frame for frame in frozen.received("events") if frame["messages"]]
        async with ChatClient(site.servers[0], user) as back:
            await back.expect("notice", code="welcome")
            assert site.database.sockets() == 2
    expect_clean_logs(site)


async def test_full_outage_closes_no_room_and_restarts_its_countdown(site):
    await site.open(servers=2, **SHORT_GRACE)
    observers, [room] = await site.add_observers(3, 1)
    owner, *others = observers
    await wait_presence_converged(observers)
    await owner.leave()
    await eventually(lambda: all(("countdown", room) in observer.notices for observer in others), what="a countdown")

    for server in site.servers:
        server.kill()
    await let_pass(GRACE_SECONDS)
    await asyncio.to_thread(site.postgres.restart, "immediate")
    site.redis.command("FLUSHALL")
    await asyncio.gather(*[site.restart(server) for server in site.servers])
    await owner.come_back()

    await wait_presence_converged(observers)
    assert room in open_rooms(site)
    assert owner.room == room
    await owner.leave()
    await wait_rooms_gone(others, [room], GRACE_SECONDS + MARGIN_SECONDS)


@pytest.mark.long
async def test_database_outage_longer_than_the_grace_period_closes_no_room(site):
    await site.open(servers=2, proxies=("database",), DATABASE_TIMEOUT_SECONDS=2, **SHORT_GRACE)
    observers, [room] = await site.add_observers(3, 1)
    owner, *others = observers
    await wait_presence_converged(observers)
    await owner.leave()
    await eventually(lambda: all(("countdown", room) in observer.notices for observer in others), what="a countdown")

    site.switch("database", "hang")
    await let_pass(GRACE_SECONDS + 1)
    site.switch("database", "ok")
    await owner.come_back()

    await eventually(lambda: owner.is_connected and owner.room == room, what="the owner is back in the room")
    await wait_presence_converged(observers)
    assert room in open_rooms(site)


@pytest.mark.parametrize("seconds", [GRACE_SECONDS + 2, pytest.param(120, marks=pytest.mark.long)])
async def test_without_redis_presence_converges_and_only_expired_rooms_close(site, seconds):
    await site.open(servers=3, **SHORT_GRACE)
    observers, room_ids = await site.add_observers(24, 4)
    await wait_presence_converged(observers)

    site.redis.kill()
    for observer in observers[::3]:
        observer.drop_connection()
    await observers[1].leave()
    remaining = [observer for observer in observers if not observer.is_finished]
    await let_pass(seconds)
    await wait_rooms_gone(remaining, [room_ids[1]], GRACE_SECONDS + MARGIN_SECONDS)
    await asyncio.to_thread(site.redis.start)
    for observer in remaining[::2]:
        observer.drop_connection()
    await wait_reconnected(remaining)

    await wait_presence_converged(remaining, MAX_SECONDS)
    assert open_rooms(site) & set(room_ids) == set(room_ids) - {room_ids[1]}
    expect_clean_logs(site)
