"""Unread counts, and their agreement between all clients of a user."""

import asyncio
import time

import pytest
from asgiref.sync import sync_to_async

from rooms.models import Membership, Room
from rooms.unread.queries import Mark, read
from tests.clients import ChatClient
from tests.people import unique


@pytest.fixture
def room(people):
    """A room of ana."""
    return Room.create(people.ana.user, unique("room"))


def marks(client, room_id):
    """Return `(last_seq, read_seq)` of a room from the frames so far; None if never received."""
    known = {"last_seq": None, "read_seq": None}
    hello = client.hello["rooms"] + client.hello["conversations"]
    cards = hello + [frame["room"] for frame in client.received("room")]
    entries = [card for card in cards if card["id"] == room_id]
    entries += [entry for frame in client.received("unread") for entry in frame["rooms"] if entry["room"] == room_id]
    entries += [{"last_seq": message["seq"]} for message in client.log(room_id)]
    for entry in entries:
        for name in known:
            known[name] = max((n for n in (known[name], entry.get(name)) if n is not None), default=None)
    return known["last_seq"], known["read_seq"]


async def expect_markers(client, room_id, last_seq, read_seq):
    """Wait until the client has exactly these markers of a room."""
    await client.wait_until(lambda: marks(client, room_id) == (last_seq, read_seq), f"{last_seq}, {read_seq}")


async def begin(writer, reader, text="hello"):
    """Start a private conversation with one message; return its room id."""
    return (await writer.command(f"#private {reader.hello['user']['name']} {text}"))["data"]["room"]


async def test_read_marker_reaches_all_clients_of_the_user(people, join):
    ana = await join(people.ana)
    phone, laptop = await join(people.bruno), await join(people.bruno, server=-1)
    room = await begin(ana, phone)
    for client in (phone, laptop):
        await expect_markers(client, room, 1, 0)

    await phone.send(type="read", room=room, seq=1)

    for client in (phone, laptop):
        await expect_markers(client, room, 1, 1)
    later = await join(people.bruno)
    assert marks(later, room) == (1, 1)


async def test_own_messages_count_as_read(people, join):
    ana, bruno = await join(people.ana), await join(people.bruno)
    elsewhere = await join(people.ana, server=-1)

    room = await begin(ana, bruno)
    await ana.send_message("and again", room=room)

    for client in (ana, elsewhere):
        await expect_markers(client, room, 2, 2)
    assert marks(await join(people.ana), room) == (2, 2)
    await expect_markers(bruno, room, 2, 0)


async def test_sending_does_not_mark_earlier_messages_as_read(people, join):
    ana, bruno = await join(people.ana), await join(people.bruno, server=-1)
    room = await begin(ana, bruno)
    await bruno.expect_message("hello")

    await bruno.send_message("did not look", room=room)
    await bruno.send(type="read", room=room, seq=0)
    await ana.expect_message("did not look")
    await ana.send(type="read", room=room, seq=2)

    await expect_markers(ana, room, 2, 2)
    await expect_markers(bruno, room, 2, 0)


async def test_marker_only_rises_up_to_the_last_message(people, join):
    ana, bruno = await join(people.ana), await join(people.bruno)
    room = await begin(ana, bruno)
    await ana.send_message("two", room=room)
    await bruno.expect_message("two")

    await bruno.send(type="read", room=room, seq=10**15)
    await expect_markers(bruno, room, 2, 2)
    await bruno.send(type="read", room=room, seq=1)
    await ana.send_message("three", room=room)
    await bruno.expect_message("three")

    assert marks(await join(people.bruno), room) == (3, 2)


async def test_client_in_another_room_gets_heads_without_texts(people, join, room):
    ana, bruno = await join(people.ana, room=room.pk), await join(people.bruno, room=room.pk, server=-1)
    carla = await join(people.carla, server=-1)
    await bruno.command("#eR")

    said = [unique("said elsewhere") for _ in range(3)]
    for text in said:
        await ana.send_message(text)

    await expect_markers(bruno, room.pk, 3, 0)
    assert said[-1] not in str(bruno.frames)
    assert marks(carla, room.pk) == (None, None)
    assert not ana.received("unread", rooms=[{"room": room.pk, "last_seq": 3}])
    await expect_markers(await join(people.bruno), room.pk, 3, 0)


async def test_messages_before_joining_count_as_read(people, join, room):
    ana = await join(people.ana, room=room.pk)
    elsewhere, bruno = await join(people.bruno, server=-1), await join(people.bruno)
    await ana.send_message("before")

    await bruno.enter(room.pk)

    for client in (bruno, elsewhere):
        await expect_markers(client, room.pk, 1, 1)


async def test_hidden_room_sends_nothing_until_entered_again(people, join, room):
    ana, bruno = await join(people.ana, room=room.pk), await join(people.bruno, room=room.pk)
    await bruno.command(f"#dR {room.name}")
    await ana.send_message("unheard")
    await ana.command(f"#private {people.bruno.name} a sign")
    await bruno.expect_message("a sign")
    again = await join(people.bruno)
    assert marks(bruno, room.pk)[0] == 0 and marks(again, room.pk) == (None, None)

    await bruno.command(f"#gR {room.name}")

    await expect_markers(bruno, room.pk, 1, 0)


async def test_read_frame_requires_membership(people, join, room):
    ana, bruno, carla = await join(people.ana), await join(people.bruno), await join(people.carla)
    private = await begin(ana, bruno)

    for room_id in (private, room.pk, 10**12):
        for frame in ({"type": "read", "room": room_id, "seq": 1}, {"type": "typing", "room": room_id}):
            await carla.send(**frame)
            assert (await carla.expect("error"))["code"] == "not_here"


# --- Typing


async def test_typing_reaches_clients_in_the_room(people, join, room):
    ana, bruno = await join(people.ana, room=room.pk), await join(people.bruno, room=room.pk, server=-1)
    carla = await join(people.carla)
    await bruno.expect("events", room=room.pk)

    await ana.send(type="typing", room=room.pk)

    typing = await bruno.expect("typing", room=room.pk)
    assert typing["users"] == [{"id": people.ana.id, "name": people.ana.name}]
    await carla.settle()
    assert not ana.received("typing") and not carla.received("typing")


async def test_typing_in_private_reaches_all_clients_of_the_recipient_only(people, join):
    ana, carla = await join(people.ana), await join(people.carla)
    phone, laptop = await join(people.bruno), await join(people.bruno, server=-1)
    room = await begin(ana, phone)
    for client in (ana, phone, laptop):
        await client.expect_message("hello")

    await ana.send(type="typing", room=room)

    for client in (phone, laptop):
        assert (await client.expect("typing", room=room))["users"][0]["name"] == people.ana.name
    await carla.settle()
    assert not ana.received("typing") and not carla.received("typing")


async def test_continuous_typing_is_throttled(people, join, room):
    ana, bruno = await join(people.ana, room=room.pk), await join(people.bruno, room=room.pk)
    await bruno.expect("events", room=room.pk)

    for _ in range(15):
        await ana.send(type="typing", room=room.pk)
    await ana.send_message("done")
    await bruno.expect_message("done")

    assert len(bruno.received("typing")) == 1


# --- Batching


async def test_updates_of_many_rooms_are_batched(people, join, cluster):
    [server] = await asyncio.to_thread(cluster, 1, CHAT_MESSAGE_RATE=0, CHAT_FRAME_RATE=0)
    async with ChatClient(server, people.ana) as ana, ChatClient(server, people.bruno) as bruno:
        bruno.hello, began = await bruno.expect("hello"), time.monotonic()
        owner = await sync_to_async(lambda: people.bruno.user)()
        rooms = [await sync_to_async(Room.create)(owner, unique("room")) for _ in range(10)]
        for room in rooms:
            await bruno.enter(room.pk)
        await bruno.command("#eR")
        for room in rooms:
            await ana.enter(room.pk)
            for text in ("one", "two", "three"):
                await ana.send_message(text)

        for room in rooms:
            await expect_markers(bruno, room.pk, 3, 0)
        assert len(bruno.received("unread")) <= time.monotonic() - began + 1


async def test_consecutive_read_markers_are_written_once(people, join):
    ana, bruno = await join(people.ana), await join(people.bruno)
    room = await begin(ana, bruno)
    for n in range(2, 11):
        await ana.send_message(str(n), room=room)
    await bruno.expect_message("10")

    for seq in range(1, 11):
        await bruno.send(type="read", room=room, seq=seq)

    await expect_markers(bruno, room, 10, 10)
    entries = [entry for frame in bruno.received("unread") for entry in frame["rooms"]]
    assert len([entry for entry in entries if entry["room"] == room and entry.get("read_seq")]) <= 2


# --- The database


@pytest.mark.parametrize(("since", "seq", "becomes"), [(0, 5, 5), (0, 99, 10), (0, 2, 3), (3, 5, 5), (4, 5, 3)])
def test_marker_rises_only_from_a_contiguous_position(room, people, since, seq, becomes):
    bruno = people.bruno
    Room.objects.filter(pk=room.pk).update(last_seq=10)
    Membership.objects.create(room=room, user_id=bruno.id, read_seq=3)

    risen = read([Mark(bruno.id, room.pk, seq, since), Mark(people.carla.id, room.pk, 5), Mark(bruno.id, 10**12, 5)])

    assert risen == ([(bruno.id, room.pk, becomes)] if becomes != 3 else [])
    assert Membership.objects.get(room=room, user_id=bruno.id).read_seq == becomes
