"""Rooms under many hands at once: made, left, closed and entered on three servers at the same moment."""

import asyncio
import time
import unicodedata

import pytest

from tests.clients import ChatClient
from tests.waiting import eventually, let_pass

from .site import wrongs_in_log
from .talker import Person

pytestmark = pytest.mark.footing("grown")

SERVERS = 3
GRACE_SECONDS = 2
EDGE_SECONDS = 0.2
GONE = "SELECT extract(epoch FROM owner_gone_at) FROM rooms_room WHERE id = {} AND owner_gone_at IS NOT NULL"
CLOSED = "SELECT closed_at IS NOT NULL FROM rooms_room WHERE id = {}"


async def people_of(site, count):
    told = await asyncio.to_thread(site.settle_crowd, count, 0)
    return [Person(**fields) for fields in told["people"]]


def expect_clean_logs(site):
    assert not [wrong for server in site.servers for wrong in wrongs_in_log(server)]


# --- One name


async def test_twenty_who_create_one_room_at_once_make_one_room(site):
    await site.open(servers=SERVERS)
    people = await people_of(site, 20)
    name = "Café Ñandú"
    spellings = [name, name.upper(), name.lower(), unicodedata.normalize("NFD", name), f" {name} "]
    clients = [ChatClient(site.servers[number % SERVERS], person) for number, person in enumerate(people)]
    for client in clients:
        await client.__aenter__()

    texts = [f"#cR {spellings[number % len(spellings)]}" for number in range(len(clients))]
    replies = await asyncio.gather(*[client.command(text) for client, text in zip(clients, texts, strict=True)])

    assert sorted(reply["code"] for reply in replies) == ["room_created"] + ["room_taken"] * 19
    [made] = [reply["data"]["room"]["name"] for reply in replies if reply["ok"]]
    assert all(f"#gR {made}" in reply["text"] for reply in replies if not reply["ok"])
    # Whoever was refused is let in by any spelling.
    for client, spelling in zip(clients, spellings, strict=False):
        assert (await client.command(f"#gR {spelling}"))["code"] in ("entered", "already_here")
    for client in clients:
        await client.close()
    expect_clean_logs(site)


# --- An owner at the edge


@pytest.mark.parametrize("owners, rounds", [(10, 2), pytest.param(50, 10, marks=pytest.mark.long)])
async def test_a_room_whose_owner_returns_at_the_last_moment_is_open_or_closed_and_all_know(site, owners, rounds):
    await site.open(servers=SERVERS, ROOM_GRACE_SECONDS=GRACE_SECONDS, CHAT_RECONNECT_GRACE_SECONDS=1)
    people = await people_of(site, 3 * owners)
    theirs = [one_owner(site, *people[3 * n : 3 * n + 3], rounds=rounds) for n in range(owners)]
    closed = [outcome for outcomes in await asyncio.gather(*theirs) for outcome in outcomes]
    print(f"of {len(closed)} rooms {sum(closed)} were closed")
    assert len(closed) == owners * rounds
    expect_clean_logs(site)


async def one_owner(site, owner, *witnesses, rounds):
    """Whether the room was closed, of each round."""
    first, second = [ChatClient(site.servers[number], person) for number, person in enumerate(witnesses)]
    async with first, second:
        return [await one_round(site, owner, [first, second], f"{owner.name} {number}") for number in range(rounds)]


async def one_round(site, owner, witnesses, name):
    async with ChatClient(site.servers[-1], owner) as before:
        room = (await before.command(f"#cR {name}"))["data"]["room"]["id"]
        for witness in witnesses:
            await witness.enter(room)
    [[gone_at]] = await eventually(lambda: site.database.query(GONE.format(room)), every=0.1, what="the countdown")
    edge = float(gone_at) + GRACE_SECONDS + site.random.uniform(-EDGE_SECONDS, EDGE_SECONDS)
    await let_pass(max(0, edge - time.time()))
    async with ChatClient(site.random.choice(site.servers), owner, room=room) as back:
        await back.expect("notice", code="welcome")
        # Time enough for a late closing to happen, and to be told.
        await let_pass(GRACE_SECONDS + 1)
        [[closed]] = site.database.query(CLOSED.format(room))
        await eventually(
            lambda: all(knows(client, room, closed) for client in (back, *witnesses)),
            what=f"all know whether room {room} is closed ({closed})",
        )
    return closed


def knows(client, room, closed):
    """Whether what the client was told of the room, and where it stands, is so."""
    gone = client.received("room_gone", room=room)
    here = client.received("room", here=True)[-1]["room"]["id"] == room
    cards = [card for card in cards_of(client) if card["id"] == room]
    if closed:
        # Told once, unless the owner came too late to have heard of the room at all.
        return len(gone) == bool(cards) and not here
    return not gone and here and cards[-1]["closes_at"] is None


def cards_of(client):
    for frame in client.frames:
        if frame["type"] in ("hello", "rooms"):
            yield from frame["rooms"]
        elif frame["type"] == "room":
            yield frame["room"]


# --- In and out


async def test_people_who_go_in_and_out_a_thousand_times_are_where_they_are(site):
    await site.open(servers=SERVERS)
    people = await people_of(site, 11)
    clients = [ChatClient(site.servers[number % SERVERS], person) for number, person in enumerate(people)]
    for client in clients:
        await client.__aenter__()
    witness, *walkers = clients
    await witness.enter(site.room)

    await asyncio.gather(*[go_in_and_out(client, site.room, 50) for client in walkers])
    await asyncio.gather(*[client.enter(site.room) for client in walkers[:4]])

    inside = sorted([person.name for person in people[:5]])
    await eventually(
        lambda: witness.received("people", room=site.room)[-1]["names"] == inside, what="the witness sees who is inside"
    )
    [[rows]] = site.database.query(f"SELECT count(*) FROM rooms_socket WHERE room_id = {site.room} AND lost_at IS NULL")
    assert rows == 5
    assert site.database.sockets() == len(clients)
    for client in clients:
        await client.close()
    await eventually(lambda: site.database.sockets() == 0, what="nobody is present")
    expect_clean_logs(site)


async def go_in_and_out(client, room, times):
    for _ in range(times):
        assert (await client.enter(room))["type"] == "room"
        await client.send(type="leave")
    await client.settle()
