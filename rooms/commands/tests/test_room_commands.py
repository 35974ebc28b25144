"""`#cR`, `#gR`, `#eR` and `#dR` in every spelling, with their refusals, over the socket."""

import pytest
from asgiref.sync import sync_to_async

from rooms.models import Room
from tests.people import sign_up, unique

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.once("grown")]


@pytest.fixture
def room(people):
    """A room owned by ana."""
    return Room.create(people.ana.user, unique("room of ana"))


async def where(client):
    await client.settle()
    return client.received("room", here=True)[-1]["room"]


@pytest.mark.parametrize("spelling", ["#cR {}", "#cR <{}>", "#CR {}", "#cr   <{}>  ", "#cR<{}>", "#cR\t{}"])
async def test_cr_creates_a_room_and_enters_it(people, join, spelling):
    ana, bruno = await join(people.ana), await join(people.bruno, server=-1)
    name = unique("a room of her own")

    reply = await ana.command(spelling.format(name))

    assert (reply["ok"], reply["code"], reply["data"]["room"]["name"]) == (True, "room_created", name)
    assert (await where(ana))["name"] == name
    rooms = (await bruno.expect("rooms"))["rooms"]
    while name not in [room["name"] for room in rooms]:
        rooms = (await bruno.expect("rooms"))["rooms"]
    assert [room["owner"]["name"] for room in rooms if room["name"] == name] == [people.ana.name]


@pytest.mark.parametrize("change", [str, str.upper, lambda name: f" {name} ", lambda name: name.replace("o", "о")])
async def test_cr_refuses_a_taken_name_and_suggests_gr(people, join, room, change):
    bruno = await join(people.bruno)

    reply = await bruno.command(f"#cR {change(room.name)}")

    assert (reply["ok"], reply["code"]) == (False, "room_taken")
    assert f"#gR {room.name}" in reply["text"]
    assert (await where(bruno))["default"]


@pytest.mark.parametrize("name", ["Main", "main", "PRINCIPAL"])
async def test_cr_refuses_names_of_the_default_room(people, join, name):
    ana = await join(people.ana)

    assert (await ana.command(f"#cR {name}"))["code"] == "room_taken"


@pytest.mark.parametrize("name", ["x" * 51, "a\u202egnp.exe", "bell\x07", "\u200b"])
async def test_cr_refuses_unpresentable_names(people, join, name):
    ana = await join(people.ana)

    reply = await ana.command(f"#cR {name}")

    assert (reply["ok"], reply["code"]) == (False, "bad_name" if name != "\u200b" else reply["code"])
    assert reply["code"] in ("bad_name", "missing_name")


@pytest.mark.parametrize("name", ["/", "..", "%2e", "?", "#", "<b>x</b>", "🙂", "'; drop table", "{{7*7}}"])
async def test_cr_accepts_unusual_names(people, join, name):
    ana = await join(people.ana)
    name = f"{name} {unique('r')}"

    assert (await ana.command(f"#cR {name}"))["data"]["room"]["name"] == name


@pytest.mark.parametrize("text", ["#cR", "#cR ", "#cR <>", "#gR", "#gR <  >", "#dR"])
async def test_missing_room_name_replies_with_usage(people, join, text):
    ana = await join(people.ana)

    reply = await ana.command(text)

    assert (reply["ok"], reply["code"]) == (False, "missing_name")
    assert "<room>" in reply["text"]


@pytest.mark.parametrize("spelling", ["#gR {}", "#gR <{}>", "#GR {}", "#gr {}"])
async def test_gr_enters_a_room_and_leaves_the_previous_one(people, join, room, spelling):
    ana, bruno = await join(people.ana, room=room.pk), await join(people.bruno, server=-1)
    await ana.expect("people")

    reply = await bruno.command(spelling.format(room.name.upper()))

    assert (reply["ok"], reply["code"]) == (True, "entered")
    assert (await where(bruno))["id"] == room.pk
    await ana.expect("notice", room=room.pk, code="joined", data={"name": people.bruno.name})
    await ana.expect("people", room=room.pk, names=sorted([people.ana.name, people.bruno.name]))


async def test_client_gets_no_events_of_a_room_it_left(people, join, room):
    ana, bruno = await join(people.ana, room=room.pk), await join(people.bruno, room=room.pk, server=-1)
    await ana.expect("notice", room=room.pk, code="joined", data={"name": people.bruno.name})
    await bruno.command("#eR")

    await ana.send_message("behind your back")
    await ana.expect_message("behind your back")

    await ana.expect("notice", room=room.pk, code="left", data={"name": people.bruno.name})
    await bruno.settle()
    assert bruno.log(room.pk) == []


async def test_gr_to_the_current_room_replies_already_here(people, join, room):
    ana = await join(people.ana, room=room.pk)

    reply = await ana.command(f"#gR {room.name}")

    assert (reply["ok"], reply["code"]) == (True, "already_here")
    assert room.name in reply["text"]


async def test_gr_to_a_missing_room_suggests_cr(people, join):
    ana = await join(people.ana)

    reply = await ana.command("#gR nowhere to be found")

    assert (reply["ok"], reply["code"]) == (False, "no_room")
    assert "#cR nowhere to be found" in reply["text"]


@pytest.mark.parametrize("name", ["Main", "main", "principal"])
async def test_gr_finds_the_default_room_in_both_languages(people, join, room, name):
    ana = await join(people.ana, room=room.pk)

    await ana.command(f"#gR {name}")

    assert (await where(ana))["default"]


@pytest.mark.parametrize("spelling", ["#eR", "#er", "#ER  "])
async def test_er_enters_the_default_room(people, join, room, spelling):
    ana = await join(people.ana, room=room.pk)

    reply = await ana.command(spelling)

    assert (reply["ok"], reply["code"]) == (True, "left")
    assert (await where(ana))["default"]


async def test_er_in_the_default_room_changes_nothing(people, join):
    ana = await join(people.ana)
    await ana.settle()

    reply = await ana.command("#eR")

    assert (reply["ok"], reply["code"]) == (True, "in_default_room")
    assert len(ana.received("room", here=True)) == 1


async def test_dr_by_the_owner_closes_the_room_with_people_inside(people, join, room):
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
    assert (await bruno.send_message("too late", room=room.pk))["code"] == "no_such_room"
    assert (await bruno.command(f"#gR {room.name}"))["code"] == "no_room"


async def test_name_of_a_deleted_room_is_free(people, join, room):
    ana = await join(people.ana)
    await ana.command(f"#dR {room.name}")

    assert (await ana.command(f"#cR {room.name}"))["code"] == "room_created"


async def test_dr_by_others_hides_the_room_until_gr(people, join, room):
    ana, bruno = await join(people.ana, room=room.pk), await join(people.bruno, room=room.pk)
    beside, elsewhere = await join(people.bruno), await join(people.bruno, room=room.pk, server=-1)

    reply = await bruno.command(f"#dR <{room.name}>")

    assert (reply["ok"], reply["code"]) == (True, "room_hidden")
    assert f"#gR {room.name}" in reply["text"]
    for client in (bruno, beside, elsewhere):
        assert (await client.expect("room_gone", room=room.pk))["reason"] == "hidden"
    assert (await where(bruno))["default"]
    while not (await elsewhere.expect("room", here=True))["room"]["default"]:
        pass
    assert not ana.received("room_gone", room=room.pk)
    again = await join(people.bruno)
    assert room.pk not in [listed["id"] for listed in again.hello["rooms"]]

    await again.command(f"#gR {room.name}")

    for client in (beside, elsewhere):
        await wait_until_listed(client, room)
    assert len(elsewhere.received("room_gone", room=room.pk)) == 1
    third = await join(people.bruno)
    assert room.pk in [listed["id"] for listed in third.hello["rooms"]]


async def test_opening_the_page_of_a_hidden_room_lists_it_again(people, join, room):
    bruno, elsewhere = await join(people.bruno), await join(people.bruno, server=-1)
    await bruno.command(f"#dR {room.name}")
    await elsewhere.expect("room_gone", room=room.pk)

    await join(people.bruno, room=room.pk)

    for client in (bruno, elsewhere):
        await wait_until_listed(client, room)


async def wait_until_listed(client, room):
    while room.pk not in [listed["id"] for listed in (await client.expect("rooms"))["rooms"]]:
        pass


async def test_dr_refuses_the_default_room(people, join):
    ana = await join(people.ana)

    assert (await ana.command("#dR main"))["code"] == "default_room_stays"


async def test_dr_of_a_missing_room(people, join):
    ana = await join(people.ana)

    reply = await ana.command("#dR nowhere")

    assert (reply["ok"], reply["code"]) == (False, "no_room")
    assert "“nowhere”" in reply["text"] and "#cR" not in reply["text"]


async def test_dr_by_staff_closes_any_room(people, join, room):
    boss = await join(await sync_to_async(sign_up)("boss", is_staff=True))

    assert (await boss.command(f"#dR {room.name}"))["code"] == "room_deleted"
