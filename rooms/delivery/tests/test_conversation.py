"""Two clients in one room: messages, acks and retries."""

import uuid

import pytest

from tests.people import unique

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.both_transports]


async def test_message_reaches_the_other_client(people, join):
    ana, bruno = await join(people.ana), await join(people.bruno, server=-1)

    hello = unique("hola")
    answer = await ana.send_message(hello)

    assert answer["type"] == "ack"
    message = await bruno.expect_message(hello)
    assert message["seq"] == answer["seq"]
    assert message["author"] == {"id": people.ana.id, "name": people.ana.name}


async def test_ack_precedes_own_message(people, join):
    ana = await join(people.ana)

    words = [unique(word) for word in ("one", "two", "three")]
    for word in words:
        await ana.send(type="say", id=str(uuid.uuid4()), text=word)
    await ana.expect_message(words[-1])

    seen = set()
    for frame in ana.frames:
        if frame["type"] == "ack":
            seen.add(frame["seq"])
        if frame["type"] == "events" and not frame.get("reset"):
            assert {m["seq"] for m in frame["messages"] if m["author"]["id"] == people.ana.id} <= seen
    assert len(seen) == 3


async def test_resend_with_same_client_id_stores_once(people, join):
    ana, elsewhere = await join(people.ana), await join(people.ana, server=-1)
    once = str(uuid.uuid4())

    first = await ana.send_message("just once", client_id=once)
    again = await elsewhere.send_message("just once", client_id=once)

    assert not first["duplicate"] and again["duplicate"]
    assert (first["seq"], first["version"], first["at"]) == (again["seq"], again["version"], again["at"])
