"""`#exit`, `#lR`, `#help`, and texts that are not commands, over the socket."""

import pytest
from asgiref.sync import sync_to_async

from rooms.models import Message, Room
from tests.people import sign_up, unique

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.once("grown")]
count_messages = sync_to_async(lambda text: Message.objects.filter(text__contains=text).count())


@pytest.fixture
def room(people):
    """A room owned by ana."""
    return Room.create(people.ana.user, unique("room of ana"))


@pytest.mark.both_transports
@pytest.mark.parametrize("spelling", ["#exit", "#EXIT", "#Exit "])
async def test_exit_replies_and_closes_the_connection(people, join, spelling):
    bruno = await join(people.bruno)
    await bruno.expect("notice", code="welcome")
    ana = await join(people.ana)
    await bruno.expect("notice", code="joined", data={"name": people.ana.name})

    reply = await ana.command(spelling)

    assert (reply["ok"], reply["code"]) == (True, "bye")
    assert await ana.wait_closed() == 1000
    await bruno.expect("notice", code="left", data={"name": people.ana.name})


async def test_lr_lists_rooms_with_people_counts(people, join, room):
    ana, _bruno = await join(people.ana, room=room.pk), await join(people.bruno, room=room.pk, server=-1)

    reply = await ana.command("#lR")

    [listed] = [found for found in reply["data"]["rooms"] if found["id"] == room.pk]
    assert listed["people"] == 2
    assert f"{room.name} (2)" in reply["text"].splitlines()
    assert any(found["default"] for found in reply["data"]["rooms"])


@pytest.mark.parametrize("spelling", ["#help", "#HELP", "#ayuda"])
async def test_help_lists_every_command(people, join, spelling):
    ana = await join(people.ana)

    reply = await ana.command(spelling)

    for usage in ("#cR", "#gR", "#eR", "#exit", "#lR", "#dR", "#show users", "#\\private", "#help"):
        assert usage in reply["text"]


async def test_replies_are_in_the_users_language(people, join):
    eva = await join(await sync_to_async(sign_up)("eva", language="es"))

    reply = await eva.command("#gR ninguna parte")

    assert reply["text"].startswith("No hay ninguna sala")
    assert "Principal" in [room["name"] for room in eva.hello["rooms"] if room["default"]]


async def test_double_hash_and_hash_with_blank_are_ordinary_text(people, join):
    ana, bruno = await join(people.ana), await join(people.bruno)
    word = unique("tag")

    await ana.send_message(f"##{word}")
    await ana.send_message(f"# {word}")

    await bruno.expect_message(f"#{word}")
    await bruno.expect_message(f"# {word}")


@pytest.mark.parametrize("line", ["#{} hello", "#show {}", "#{}", "#-{}", "#<{}>", "#\\{}"])
async def test_unknown_command_is_not_stored_and_suggests_help(people, join, line):
    ana = await join(people.ana)
    word = unique("nonsense")

    reply = await ana.command(line.format(word))

    assert (reply["ok"], reply["code"]) == (False, "unknown_command")
    assert "#help" in reply["text"]
    assert await count_messages(word) == 0


async def test_commands_are_never_stored_as_messages(people, join):
    ana = await join(people.ana)
    name = unique("room")

    for line in (f"#cR {name}", f"#gR {name}", f"#dR {name}", f"#private {name} x"):
        await ana.command(line)

    assert await count_messages(name) == 0
