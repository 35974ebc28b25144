r"""`#\private<user> text` over the socket."""

import pytest

from rooms.models import Room
from tests.people import unique

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.once("grown")]


@pytest.fixture
def room(people):
    """A room owned by ana."""
    return Room.create(people.ana.user, unique("room of ana"))


async def where(client):
    await client.settle()
    return client.received("room", here=True)[-1]["room"]


@pytest.mark.parametrize(
    "spelling", ["#\\private<{}> {}", "#private {} {}", "#\\private {} {}", "#private <{}> {}", "#PRIVATE<{}>{}"]
)
async def test_private_reaches_only_the_addressee_in_any_room(people, join, room, spelling):
    ana = await join(people.ana)
    bruno, carla = await join(people.bruno, room=room.pk, server=-1), await join(people.carla)
    secret = unique("psst")

    reply = await ana.command(spelling.format(people.bruno.name, secret))

    assert (reply["ok"], reply["code"], reply["data"]["to"]["name"]) == (True, "private_sent", people.bruno.name)
    message = await bruno.expect_message(secret)
    assert message["author"]["name"] == people.ana.name
    await ana.expect_message(secret)
    conversation = next(seen["room"] for seen in bruno.received("room") if seen["room"]["kind"] == "direct")
    assert conversation["with"]["name"] == people.ana.name
    assert (await where(bruno))["id"] == room.pk
    await carla.settle()
    assert all(secret not in str(frame) for frame in carla.frames)


async def test_private_is_kept_for_an_offline_user(people, join):
    ana = await join(people.ana)
    secret = unique("later")
    room_id = (await ana.command(f"#private {people.bruno.name} {secret}"))["data"]["room"]

    bruno = await join(people.bruno)

    [conversation] = bruno.hello["conversations"]
    assert (conversation["id"], conversation["last_seq"], conversation["with"]["name"]) == (room_id, 1, people.ana.name)
    if not conversation["online"]:  # the server polls presence; the next poll sends the change
        await bruno.expect("room", room=conversation | {"online": True})
    assert [message["text"] for message in (await bruno.history(room_id))["messages"]] == [secret]
    assert (await bruno.send_message("answer", room=room_id))["type"] == "ack"
    await ana.expect_message("answer")


@pytest.mark.both_footings
async def test_private_resent_with_same_id_stores_once(people, join):
    ana = await join(people.ana)
    once = "0b9f2a54-6f0e-4d0e-9d57-0b0a4cf7f1a5"

    replies = [await ana.send_message(f"#private {people.bruno.name} once", client_id=once) for _ in range(2)]

    assert [reply["data"]["seq"] for reply in replies] == [1, 1]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("#private nobody-at-all hello", "no_user"),
        ("#private <> hello", "missing_text"),
        ("#private", "missing_text"),
        ("#private {bruno}", "missing_text"),
        ("#\\private<{bruno}>", "missing_text"),
        ("#\\private<{bruno}>   ", "missing_text"),
        ("#private {ana} to myself", "private_to_self"),
        ("#private {bruno} " + "x" * 8001, "too_long"),
    ],
)
async def test_private_refusals(people, join, line, code):
    ana = await join(people.ana)

    reply = await ana.command(line.format(ana=people.ana.name, bruno=people.bruno.name))

    assert (reply["ok"], reply["code"]) == (False, code)
    assert reply["text"]
