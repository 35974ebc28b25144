"""Edits and erasures of a client's own messages, over the socket."""

import uuid

import pytest

from tests.people import unique

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture
def said():
    """Posts a message of ana's in a new room with bruno; returns `(room id, seq)`."""

    async def say(ana, bruno, text="first"):
        room = (await ana.command(f"#cR {unique('room')}"))["data"]["room"]["id"]
        await bruno.enter(room)
        ack = await ana.send_message(text)
        await bruno.expect_message(text)
        return room, ack["seq"]

    return say


async def ask(client, **frame):
    frame_id = str(uuid.uuid4())
    await client.send(id=frame_id, **frame)
    return await client.expect("ack", "error", id=frame_id)


async def test_edit_keeps_seq_and_takes_next_version(people, join, said):
    ana, bruno = await join(people.ana), await join(people.bruno, server=-1)
    room, seq = await said(ana, bruno)

    ack = await ask(ana, type="edit", room=room, seq=seq, text="second thoughts")

    assert (ack["seq"], ack["version"], ack["duplicate"]) == (seq, 2, False)
    message = await bruno.expect_message("second thoughts")
    assert (message["seq"], message["version"], message["edited"]) == (seq, 2, True)


async def test_erased_message_leaves_a_tombstone(people, join, said):
    ana, bruno = await join(people.ana), await join(people.bruno, server=-1)
    room, seq = await said(ana, bruno, "better not")

    await ask(ana, type="erase", room=room, seq=seq)

    message = await bruno.expect_message("")
    assert (message["seq"], message["erased"], message["text"]) == (seq, True, "")
    assert "better not" not in str(await bruno.history(room))


async def test_edit_and_erasure_are_idempotent(people, join, said):
    ana, bruno = await join(people.ana), await join(people.bruno)
    room, seq = await said(ana, bruno)

    edits = [await ask(ana, type="edit", room=room, seq=seq, text="again") for _ in range(2)]
    erasures = [await ask(ana, type="erase", room=room, seq=seq) for _ in range(2)]

    assert [(ack["version"], ack["duplicate"]) for ack in edits + erasures] == [
        (2, False),
        (2, True),
        (3, False),
        (3, True),
    ]


@pytest.mark.parametrize("change", [{"type": "edit", "text": "mine now"}, {"type": "erase"}])
async def test_only_the_author_changes_a_message(people, join, said, change):
    ana, bruno = await join(people.ana), await join(people.bruno)
    room, seq = await said(ana, bruno)

    assert (await ask(bruno, room=room, seq=seq, **change))["code"] == "not_yours"
    assert (await ask(bruno, room=room, seq=seq + 1, **change))["code"] == "no_such_message"
    assert ana.log(room)[0]["text"] == "first"


async def test_erased_message_cannot_be_edited(people, join, said):
    ana, bruno = await join(people.ana), await join(people.bruno)
    room, seq = await said(ana, bruno)
    await ask(ana, type="erase", room=room, seq=seq)

    assert (await ask(ana, type="edit", room=room, seq=seq, text="back"))["code"] == "no_such_message"


async def test_reconnecting_client_catches_up_with_edits_and_erasures(people, join, said):
    ana, bruno = await join(people.ana), await join(people.bruno)
    room, first = await said(ana, bruno)
    second = (await ana.send_message("second"))["seq"]
    await bruno.expect_message("second")
    held = bruno.received("events", room=room)[-1]

    await bruno.abort()
    await ask(ana, type="edit", room=room, seq=first, text="edited")
    await ask(ana, type="erase", room=room, seq=second)
    await ana.send_message("third")
    back = await join(people.bruno, room=room, epoch=held["epoch"], version=held["version"])

    events = await back.expect("events", room=room)
    assert [(message["seq"], message["text"], message["erased"]) for message in events["messages"]] == [
        (first, "edited", False),
        (second, "", True),
        (3, "third", False),
    ]
