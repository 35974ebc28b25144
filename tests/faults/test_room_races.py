"""Races on rooms: concurrent creation, expiry, entering and leaving on three servers."""

import asyncio
import time
import unicodedata

import pytest

from tests.clients import ChatClient
from tests.waiting import eventually, let_pass

from .site_under_test import log_violations
from .writer import SignedInUser

pytestmark = pytest.mark.footing("grown")

SERVERS = 3
GRACE_SECONDS = 2
EDGE_SECONDS = 0.2
OWNER_GONE_AT = "SELECT extract(epoch FROM owner_gone_at) FROM rooms_room WHERE id = {} AND owner_gone_at IS NOT NULL"
IS_CLOSED = "SELECT closed_at IS NOT NULL FROM rooms_room WHERE id = {}"


async def add_users(site, count):
    added = await asyncio.to_thread(site.add_users, count, 0)
    return [SignedInUser(**fields) for fields in added["users"]]


def expect_clean_logs(site):
    assert not [violation for server in site.servers for violation in log_violations(server)]


# --- Creation


async def test_concurrent_creation_of_one_name_creates_one_room(site):
    await site.open(servers=SERVERS)
    users = await add_users(site, 20)
    name = "Café Ñandú"
    spellings = [name, name.upper(), name.lower(), unicodedata.normalize("NFD", name), f" {name} "]
    clients = [ChatClient(site.servers[number % SERVERS], user) for number, user in enumerate(users)]
    for client in clients:
        await client.__aenter__()

    texts = [f"#cR {spellings[number % len(spellings)]}" for number in range(len(clients))]
    replies = await asyncio.gather(*[client.command(text) for client, text in zip(clients, texts, strict=True)])

    assert sorted(reply["code"] for reply in replies) == ["room_created"] + ["room_taken"] * 19
    [created] = [reply["data"]["room"]["name"] for reply in replies if reply["ok"]]
    assert all(f"#gR {created}" in reply["text"] for reply in replies if not reply["ok"])
    # Every spelling enters the one room.
    for client, spelling in zip(clients, spellings, strict=False):
        assert (await client.command(f"#gR {spelling}"))["code"] in ("entered", "already_here")
    for client in clients:
        await client.close()
    expect_clean_logs(site)


# --- Expiry


@pytest.mark.parametrize("owners, rounds", [(10, 2), pytest.param(50, 10, marks=pytest.mark.long)])
async def test_owner_returning_at_expiry_finds_the_room_open_or_closed_for_everyone(site, owners, rounds):
    await site.open(servers=SERVERS, ROOM_GRACE_SECONDS=GRACE_SECONDS, CHAT_RECONNECT_GRACE_SECONDS=1)
    users = await add_users(site, 3 * owners)
    runs = [run_owner(site, *users[3 * n : 3 * n + 3], rounds=rounds) for n in range(owners)]
    closed = [outcome for outcomes in await asyncio.gather(*runs) for outcome in outcomes]
    print(f"of {len(closed)} rooms {sum(closed)} were closed")
    assert len(closed) == owners * rounds
    expect_clean_logs(site)


async def run_owner(site, owner, *witnesses, rounds):
    """Run that many rounds for one owner: whether the room was closed, of each."""
    first, second = [ChatClient(site.servers[number], user) for number, user in enumerate(witnesses)]
    async with first, second:
        return [await run_round(site, owner, [first, second], f"{owner.name} {number}") for number in range(rounds)]


async def run_round(site, owner, witnesses, name):
    async with ChatClient(site.servers[-1], owner) as before:
        room = (await before.command(f"#cR {name}"))["data"]["room"]["id"]
        for witness in witnesses:
            await witness.enter(room)
    [[gone_at]] = await eventually(
        lambda: site.database.query(OWNER_GONE_AT.format(room)), every=0.1, what="the countdown"
    )
    edge = float(gone_at) + GRACE_SECONDS + site.random.uniform(-EDGE_SECONDS, EDGE_SECONDS)
    await let_pass(max(0, edge - time.time()))
    async with ChatClient(site.random.choice(site.servers), owner, room=room) as back:
        await back.expect("notice", code="welcome")
        # Long enough for a late expiry to happen and to be published.
        await let_pass(GRACE_SECONDS + 1)
        [[closed]] = site.database.query(IS_CLOSED.format(room))
        await eventually(
            lambda: all(is_consistent(client, room, closed) for client in (back, *witnesses)),
            what=f"all clients agree on whether room {room} is closed ({closed})",
        )
    return closed


def is_consistent(client, room, closed):
    """Whether the frames that the client received agree with the room's state."""
    gone = client.received("room_gone", room=room)
    is_here = client.received("room", here=True)[-1]["room"]["id"] == room
    listings = [entry for entry in listings_of(client) if entry["id"] == room]
    if closed:
        # Exactly one `room_gone`, unless the client connected after the expiry and never had the room listed.
        return len(gone) == bool(listings) and not is_here
    return not gone and is_here and listings[-1]["closes_at"] is None


def listings_of(client):
    for frame in client.frames:
        if frame["type"] in ("hello", "rooms"):
            yield from frame["rooms"]
        elif frame["type"] == "room":
            yield frame["room"]


# --- Entering and leaving


async def test_repeated_enter_and_leave_ends_with_the_right_presence(site):
    await site.open(servers=SERVERS)
    users = await add_users(site, 11)
    clients = [ChatClient(site.servers[number % SERVERS], user) for number, user in enumerate(users)]
    for client in clients:
        await client.__aenter__()
    witness, *others = clients
    await witness.enter(site.room)

    await asyncio.gather(*[enter_and_leave(client, site.room, 50) for client in others])
    await asyncio.gather(*[client.enter(site.room) for client in others[:4]])

    inside = sorted([user.name for user in users[:5]])
    await eventually(
        lambda: witness.received("people", room=site.room)[-1]["names"] == inside,
        what="the witness lists everyone inside",
    )
    [[rows]] = site.database.query(f"SELECT count(*) FROM rooms_socket WHERE room_id = {site.room} AND lost_at IS NULL")
    assert rows == 5
    assert site.database.sockets() == len(clients)
    for client in clients:
        await client.close()
    await eventually(lambda: site.database.sockets() == 0, what="no socket is registered")
    expect_clean_logs(site)


async def enter_and_leave(client, room, times):
    for _ in range(times):
        assert (await client.enter(room))["type"] == "room"
        await client.send(type="leave")
    await client.settle()
