"""#exit, #lR, #show users, #help, #private and what is no command, through the socket."""

import pytest
from asgiref.sync import sync_to_async

from accounts.models import User
from rooms.models import Message, Room
from tests.people import sign_up, unique

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.once("grown")]
count_messages = sync_to_async(lambda text: Message.objects.filter(text__contains=text).count())


@pytest.fixture
def room(people):
    """A room of ana's."""
    return Room.create(people.ana.user, unique("room of ana"))


async def where(client):
    await client.settle()
    return client.received("room", here=True)[-1]["room"]


# --- #exit, #lR, #show users, #help


@pytest.mark.both_transports
@pytest.mark.parametrize("spelling", ["#exit", "#EXIT", "#Exit "])
async def test_exit_says_goodbye_and_closes(people, join, spelling):
    bruno = await join(people.bruno)
    await bruno.expect("notice", code="welcome")
    ana = await join(people.ana)
    await bruno.expect("notice", code="joined", data={"name": people.ana.name})

    reply = await ana.command(spelling)

    assert (reply["ok"], reply["code"]) == (True, "bye")
    assert await ana.wait_closed() == 1000
    await bruno.expect("notice", code="left", data={"name": people.ana.name})


async def test_lr_lists_all_rooms_with_their_people(people, join, room):
    ana, _bruno = await join(people.ana, room=room.pk), await join(people.bruno, room=room.pk, server=-1)

    reply = await ana.command("#lR")

    [listed] = [found for found in reply["data"]["rooms"] if found["id"] == room.pk]
    assert listed["people"] == 2
    assert f"{room.name} (2)" in reply["text"].splitlines()
    assert any(found["default"] for found in reply["data"]["rooms"])


@pytest.mark.parametrize("spelling", ["#show users", "#show users:", "#SHOW Users", "#show   users: "])
async def test_show_users_lists_everybody_the_connected_first(people, join, room, spelling):
    away = await sync_to_async(sign_up)("aaaa")  # the first by name, for not more than a page is told
    ana = await join(people.ana, room=room.pk)

    reply = await ana.command(spelling)

    users = reply["data"]["users"]
    by_name = {user["name"]: user for user in users}
    assert by_name[people.ana.name]["room"] == {"id": room.pk, "name": room.name}
    assert by_name[away.name] == {
        "id": away.id,
        "name": away.name,
        "online": False,
        "age": 36,
        "room": None,
    }
    assert [user["online"] for user in users] == sorted((user["online"] for user in users), reverse=True)
    assert reply["data"]["total"] == await User.objects.filter(is_active=True).acount()
    assert reply["data"]["online"] == sum(user["online"] for user in users)


@pytest.mark.parametrize("spelling", ["#help", "#HELP", "#ayuda"])
async def test_help_lists_the_commands(people, join, spelling):
    ana = await join(people.ana)

    reply = await ana.command(spelling)

    for usage in ("#cR", "#gR", "#eR", "#exit", "#lR", "#dR", "#show users", "#\\private", "#help"):
        assert usage in reply["text"]


async def test_answers_are_in_the_readers_language(people, join):
    eva = await join(await sync_to_async(sign_up)("eva", language="es"))

    reply = await eva.command("#gR ninguna parte")

    assert reply["text"].startswith("No hay ninguna sala")
    assert "Principal" in [room["name"] for room in eva.hello["rooms"] if room["default"]]


# --- #private


@pytest.mark.parametrize(
    "spelling", ["#\\private<{}> {}", "#private {} {}", "#\\private {} {}", "#private <{}> {}", "#PRIVATE<{}>{}"]
)
async def test_private_reaches_one_person_wherever_they_are(people, join, room, spelling):
    ana = await join(people.ana)
    bruno, carla = await join(people.bruno, room=room.pk, server=-1), await join(people.carla)
    secret = unique("psst")

    reply = await ana.command(spelling.format(people.bruno.name, secret))

    assert (reply["ok"], reply["code"], reply["data"]["to"]["name"]) == (True, "private_sent", people.bruno.name)
    heard = await bruno.hear(secret)
    assert heard["author"]["name"] == people.ana.name
    await ana.hear(secret)
    conversation = next(seen["room"] for seen in bruno.received("room") if seen["room"]["kind"] == "direct")
    assert conversation["with"]["name"] == people.ana.name
    assert (await where(bruno))["id"] == room.pk
    await carla.settle()
    assert all(secret not in str(frame) for frame in carla.frames)


async def test_private_waits_for_who_is_offline(people, join):
    ana = await join(people.ana)
    secret = unique("later")
    room_id = (await ana.command(f"#private {people.bruno.name} {secret}"))["data"]["room"]

    bruno = await join(people.bruno)

    [conversation] = bruno.hello["conversations"]
    assert (conversation["id"], conversation["last_seq"], conversation["with"]["name"]) == (room_id, 1, people.ana.name)
    if not conversation["online"]:  # as the server last looked; the next look is told
        await bruno.expect("room", room=conversation | {"online": True})
    assert [message["text"] for message in (await bruno.history(room_id))["messages"]] == [secret]
    assert (await bruno.say("answer", room=room_id))["type"] == "ack"
    await ana.hear("answer")


@pytest.mark.both_footings
async def test_private_said_again_with_the_same_id_is_said_once(people, join):
    ana = await join(people.ana)
    once = "0b9f2a54-6f0e-4d0e-9d57-0b0a4cf7f1a5"

    replies = [await ana.say(f"#private {people.bruno.name} once", client_id=once) for _ in range(2)]

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
async def test_private_refuses(people, join, line, code):
    ana = await join(people.ana)

    reply = await ana.command(line.format(ana=people.ana.name, bruno=people.bruno.name))

    assert (reply["ok"], reply["code"]) == (False, code)
    assert reply["text"]


# --- Not commands


async def test_two_hashes_say_one_and_a_hash_with_a_blank_is_ordinary(people, join):
    ana, bruno = await join(people.ana), await join(people.bruno)
    word = unique("tag")

    await ana.say(f"##{word}")
    await ana.say(f"# {word}")

    await bruno.hear(f"#{word}")
    await bruno.hear(f"# {word}")


@pytest.mark.parametrize("line", ["#{} hello", "#show {}", "#{}", "#-{}", "#<{}>", "#\\{}"])
async def test_an_unknown_command_is_not_sent_and_names_help(people, join, line):
    ana = await join(people.ana)
    word = unique("nonsense")

    reply = await ana.command(line.format(word))

    assert (reply["ok"], reply["code"]) == (False, "unknown_command")
    assert "#help" in reply["text"]
    assert await count_messages(word) == 0


async def test_commands_are_never_stored(people, join):
    ana = await join(people.ana)
    name = unique("room")

    for line in (f"#cR {name}", f"#gR {name}", f"#dR {name}", f"#private {name} x"):
        await ana.command(line)

    assert await count_messages(name) == 0
