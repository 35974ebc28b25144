"""Every '#' command of the chat, in every spelling, with its refusals, through the socket."""

import pytest
from asgiref.sync import sync_to_async

from rooms.models import Message, Room
from tests.people import sign_up, unique

pytestmark = pytest.mark.asyncio(loop_scope="session")
count_messages = sync_to_async(lambda text: Message.objects.filter(text__contains=text).count())


@pytest.fixture
def room(people):
    """A room of ana's."""
    return Room.create(people.ana.user, unique("room of ana"))


async def where(client):
    await client.settle()
    return client.received("room", here=True)[-1]["room"]


# --- #cR


@pytest.mark.parametrize("spelling", ["#cR {}", "#cR <{}>", "#CR {}", "#cr   <{}>  ", "#cR<{}>", "#cR\t{}"])
async def test_cr_creates_a_room_and_enters_it(people, join, spelling):
    ana, bruno = await join(people.ana), await join(people.bruno, server=-1)
    name = unique("a room of her own")

    reply = await ana.command(spelling.format(name))

    assert (reply["ok"], reply["code"], reply["data"]["room"]["name"]) == (True, "room_created", name)
    assert (await where(ana))["name"] == name
    seen = await bruno.expect("room", here=None)
    while seen["room"]["name"] != name:
        seen = await bruno.expect("room", here=None)
    assert seen["room"]["owner"]["name"] == people.ana.name


@pytest.mark.parametrize("change", [str, str.upper, lambda name: f" {name} ", lambda name: name.replace("o", "о")])
async def test_cr_says_that_a_name_is_taken_and_offers_to_enter(people, join, room, change):
    bruno = await join(people.bruno)

    reply = await bruno.command(f"#cR {change(room.name)}")

    assert (reply["ok"], reply["code"]) == (False, "room_taken")
    assert f"#gR {room.name}" in reply["text"]
    assert (await where(bruno))["default"]


@pytest.mark.parametrize("name", ["Main", "main", "PRINCIPAL"])
async def test_cr_leaves_the_default_rooms_names_alone(people, join, name):
    ana = await join(people.ana)

    assert (await ana.command(f"#cR {name}"))["code"] == "room_taken"


@pytest.mark.parametrize("name", ["x" * 51, "a\u202egnp.exe", "bell\x07", "\u200b"])
async def test_cr_refuses_names_that_nobody_could_read(people, join, name):
    ana = await join(people.ana)

    reply = await ana.command(f"#cR {name}")

    assert (reply["ok"], reply["code"]) == (False, "bad_name" if name != "\u200b" else reply["code"])
    assert reply["code"] in ("bad_name", "missing_name")


@pytest.mark.parametrize("name", ["/", "..", "%2e", "?", "#", "<b>x</b>", "🙂", "'; drop table", "{{7*7}}"])
async def test_cr_takes_odd_but_honest_names(people, join, name):
    ana = await join(people.ana)
    name = f"{name} {unique('r')}"

    assert (await ana.command(f"#cR {name}"))["data"]["room"]["name"] == name


@pytest.mark.parametrize("text", ["#cR", "#cR ", "#cR <>", "#gR", "#gR <  >", "#dR"])
async def test_a_command_without_its_room_says_how_it_is_written(people, join, text):
    ana = await join(people.ana)

    reply = await ana.command(text)

    assert (reply["ok"], reply["code"]) == (False, "missing_name")
    assert "<room>" in reply["text"]


# --- #gR, #eR


@pytest.mark.parametrize("spelling", ["#gR {}", "#gR <{}>", "#GR {}", "#gr {}"])
async def test_gr_enters_a_room_and_leaves_the_last(people, join, room, spelling):
    ana, bruno = await join(people.ana, room=room.pk), await join(people.bruno, server=-1)
    await ana.expect("people")

    reply = await bruno.command(spelling.format(room.name.upper()))

    assert (reply["ok"], reply["code"]) == (True, "entered")
    assert (await where(bruno))["id"] == room.pk
    await ana.expect("notice", room=room.pk, code="joined", data={"name": people.bruno.name})
    await ana.expect("people", room=room.pk, names=sorted([people.ana.name, people.bruno.name]))


async def test_who_has_left_a_room_hears_nothing_of_it(people, join, room):
    ana, bruno = await join(people.ana, room=room.pk), await join(people.bruno, room=room.pk, server=-1)
    await ana.expect("notice", room=room.pk, code="joined", data={"name": people.bruno.name})
    await bruno.command("#eR")

    await ana.say("behind your back")
    await ana.hear("behind your back")

    await ana.expect("notice", room=room.pk, code="left", data={"name": people.bruno.name})
    await bruno.settle()
    assert bruno.log(room.pk) == []


async def test_gr_says_that_one_is_there_already(people, join, room):
    ana = await join(people.ana, room=room.pk)

    reply = await ana.command(f"#gR {room.name}")

    assert (reply["ok"], reply["code"]) == (True, "already_here")
    assert room.name in reply["text"]


async def test_gr_offers_to_create_a_room_that_is_not_there(people, join):
    ana = await join(people.ana)

    reply = await ana.command("#gR nowhere to be found")

    assert (reply["ok"], reply["code"]) == (False, "no_room")
    assert "#cR nowhere to be found" in reply["text"]


@pytest.mark.parametrize("name", ["Main", "main", "principal"])
async def test_gr_knows_the_default_room_in_both_languages(people, join, room, name):
    ana = await join(people.ana, room=room.pk)

    await ana.command(f"#gR {name}")

    assert (await where(ana))["default"]


@pytest.mark.parametrize("spelling", ["#eR", "#er", "#ER  "])
async def test_er_leads_back_to_the_default_room(people, join, room, spelling):
    ana = await join(people.ana, room=room.pk)

    reply = await ana.command(spelling)

    assert (reply["ok"], reply["code"]) == (True, "left")
    assert (await where(ana))["default"]


async def test_er_changes_nothing_in_the_default_room(people, join):
    ana = await join(people.ana)
    await ana.settle()

    reply = await ana.command("#eR")

    assert (reply["ok"], reply["code"]) == (True, "in_default_room")
    assert len(ana.received("room", here=True)) == 1


# --- #exit, #lR, #show users, #help


@pytest.mark.parametrize("spelling", ["#exit", "#EXIT", "#Exit "])
async def test_exit_says_goodbye_and_closes(people, join, spelling):
    bruno, ana = await join(people.bruno), await join(people.ana)
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
    ana = await join(people.ana, room=room.pk)

    reply = await ana.command(spelling)

    users = reply["data"]["users"]
    by_name = {user["name"]: user for user in users}
    assert by_name[people.ana.name]["room"] == {"id": room.pk, "name": room.name}
    assert by_name[people.carla.name] == {
        "id": people.carla.id,
        "name": people.carla.name,
        "online": False,
        "room": None,
    }
    assert [user["online"] for user in users] == sorted((user["online"] for user in users), reverse=True)
    assert reply["data"]["total"] == len(users)
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


# --- #dR


async def test_dr_by_its_creator_deletes_the_room_with_people_inside(people, join, room):
    ana, bruno = await join(people.ana, room=room.pk), await join(people.bruno, room=room.pk, server=-1)
    carla = await join(people.carla)

    reply = await ana.command(f"#dR {room.name}")

    assert (reply["ok"], reply["code"]) == (True, "room_deleted")
    for client in (ana, bruno, carla):
        gone = await client.expect("room_gone", room=room.pk)
        assert gone["reason"] == "deleted"
        assert people.ana.name in gone["text"] and room.name in gone["text"]
    for client in (ana, bruno):
        while not (await client.expect("room", here=True))["room"]["default"]:
            pass
    assert (await bruno.say("too late", room=room.pk))["code"] == "no_such_room"
    assert (await bruno.command(f"#gR {room.name}"))["code"] == "no_room"


async def test_a_deleted_rooms_name_is_free_again(people, join, room):
    ana = await join(people.ana)
    await ana.command(f"#dR {room.name}")

    assert (await ana.command(f"#cR {room.name}"))["code"] == "room_created"


async def test_dr_by_anybody_else_only_hides_the_room_and_gr_brings_it_back(people, join, room):
    ana, bruno = await join(people.ana, room=room.pk), await join(people.bruno, room=room.pk)
    elsewhere = await join(people.bruno)

    reply = await bruno.command(f"#dR <{room.name}>")

    assert (reply["ok"], reply["code"]) == (True, "room_hidden")
    assert f"#gR {room.name}" in reply["text"]
    for client in (bruno, elsewhere):
        assert (await client.expect("room_gone", room=room.pk))["reason"] == "hidden"
    assert (await where(bruno))["default"]
    assert not ana.received("room_gone")
    again = await join(people.bruno)
    assert room.pk not in [listed["id"] for listed in again.hello["rooms"]]

    await again.command(f"#gR {room.name}")

    third = await join(people.bruno)
    assert room.pk in [listed["id"] for listed in third.hello["rooms"]]


async def test_dr_leaves_the_default_room_alone(people, join):
    ana = await join(people.ana)

    assert (await ana.command("#dR main"))["code"] == "default_room_stays"


async def test_dr_of_a_room_that_is_not_there(people, join):
    ana = await join(people.ana)

    assert (await ana.command("#dR nowhere"))["code"] == "no_room"


async def test_staff_deletes_anybodys_room(people, join, room):
    boss = await join(await sync_to_async(sign_up)("boss", is_staff=True))

    assert (await boss.command(f"#dR {room.name}"))["code"] == "room_deleted"


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
    conversation = bruno.received("room")[-1]["room"]
    assert (conversation["kind"], conversation["with"]["name"]) == ("direct", people.ana.name)
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
    assert conversation["online"]
    assert [message["text"] for message in (await bruno.history(room_id))["messages"]] == [secret]
    assert (await bruno.say("answer", room=room_id))["type"] == "ack"
    await ana.hear("answer")


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
