"""Private conversations: live for all clients of both users, one conversation per pair."""

import asyncio
import itertools

import pytest
from asgiref.sync import sync_to_async

from rooms.models import Membership, Room
from tests.people import sign_up

pytestmark = pytest.mark.asyncio(loop_scope="session")

PEOPLE = 8


async def test_messages_reach_all_clients_of_both_users_only(people, join):
    hers = [await join(people.ana), await join(people.ana, server=-1)]
    his = [await join(people.bruno), await join(people.bruno, server=-1)]
    strangers = [await join(people.carla), await join(people.carla, server=-1)]

    room = (await hers[0].command(f"#private {people.bruno.name} first secret"))["data"]["room"]
    for client in hers + his:
        await client.expect_message("first secret")
    await his[1].send_message("second secret", room=room)
    for client in hers + his:
        await client.expect_message("second secret")

    for client in strangers:
        await client.settle()
        assert "secret" not in str(client.frames)
        assert not [frame for frame in client.frames if frame.get("room") == room]


async def test_conversation_started_by_other_user_appears_unread(people, join):
    ana, bruno = await join(people.ana), await join(people.bruno, server=-1)

    room = (await ana.command(f"#private {people.bruno.name} hello"))["data"]["room"]
    await bruno.expect_message("hello")

    def cards():
        return [frame["room"] for frame in bruno.received("room") if frame["room"]["id"] == room]

    assert (cards()[0]["with"]["name"], cards()[0]["last_seq"], cards()[0]["read_seq"]) == (people.ana.name, 1, 0)
    await bruno.wait_until(lambda: cards()[-1]["online"], "ana is online")


async def test_concurrent_starts_make_one_conversation_per_pair(join, committed):
    """tests/faults/test_direct_conversations.py does this with two hundred pairs and crashing servers."""
    people = await sync_to_async(lambda: [sign_up(f"p{number}") for number in range(PEOPLE)])()
    here, there = [await join(person) for person in people], [await join(person, server=-1) for person in people]
    pairs = list(itertools.combinations(range(PEOPLE), 2))

    commands = [here[one].command(f"#private {people[other].name} from {one}") for one, other in pairs]
    commands += [there[other].command(f"#private {people[one].name} from {other}") for one, other in pairs]
    replies = await asyncio.gather(*commands)

    rooms = [reply["data"]["room"] for reply in replies]
    assert rooms[: len(pairs)] == rooms[len(pairs) :] and len(set(rooms)) == len(pairs)
    found = await sync_to_async(conversations_of)({person.id for person in people})
    assert found == {(room, 2, 2) for room in rooms}
    for number, mine in enumerate(zip(here, there, strict=True)):
        of_mine = {room for room, pair in zip(rooms, pairs, strict=False) if number in pair}
        for client in mine:
            await client.wait_until(
                lambda c=client, r=of_mine: complete_conversations(c) == r, f"all of {number}, and only these"
            )


def complete_conversations(client):
    """Ids of conversations whose log in this client is exactly two messages."""
    rooms = {frame["room"]["id"] for frame in client.received("room") if frame["room"]["kind"] == "direct"}
    return {room for room in rooms if [message["seq"] for message in client.log(room)] == [1, 2]}


def conversations_of(user_ids):
    """`(room id, last_seq, number of members)` of these users' private conversations."""
    rooms = Room.objects.filter(kind=Room.Kind.DIRECT, membership__user__in=user_ids).distinct()
    return {(room.pk, room.last_seq, Membership.objects.filter(room=room).count()) for room in rooms}
