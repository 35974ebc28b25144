"""Live effects of an absent owner on a temporary room: countdown, closing, return."""

import uuid
from datetime import datetime

import pytest
from asgiref.sync import sync_to_async

from rooms.models import Room
from tests.clients import ChatClient
from tests.people import sign_up, unique
from tests.servers import end_servers, expect_no_tracebacks, start_servers
from tests.waiting import in_time, let_pass

pytestmark = pytest.mark.asyncio(loop_scope="session")

GRACE_SECONDS = 4
LATE_SECONDS = in_time(4)  # one or two polls after the grace time


@pytest.fixture(scope="module")
def hasty(django_db_setup, static_files, processes, tmp_path_factory):
    """Servers with a short grace time."""
    grace = {"ROOM_GRACE_SECONDS": GRACE_SECONDS, "CHAT_RECONNECT_GRACE_SECONDS": 1, "REDIS_PREFIX": uuid.uuid4().hex}
    servers = start_servers(processes, tmp_path_factory.mktemp("hasty"), **grace)
    yield servers
    end_servers(servers)
    expect_no_tracebacks(servers)


@pytest.fixture
async def there(hasty, people):
    """Factory of clients of these servers: `await there(people.ana)`."""
    clients = []

    async def connect(person, *, server=0, room=None):
        client = await ChatClient(hasty[server], person, room=room).__aenter__()
        clients.append(client)
        await client.expect("notice", code="welcome")
        return client

    yield connect
    for client in clients:
        await client.close()


@pytest.fixture
async def scene(there, people):
    """Clients of ana, in a room of hers, and of bruno, in Spanish on another server; and the id of the room."""
    await sync_to_async(in_spanish)(people.bruno)
    ana, bruno = await there(people.ana), await there(people.bruno, server=-1)
    room = (await ana.command(f"#cR {unique('room')}"))["data"]["room"]["id"]
    await bruno.enter(room)
    return ana, bruno, room


def in_spanish(person):
    user = person.user
    user.language = "es"
    user.save()


async def card_of(client, room, fits):
    """Wait until the room's card on the client's list fits, and return it."""
    while True:
        for card in (await client.expect("rooms", within=LATE_SECONDS))["rooms"]:
            if card["id"] == room and fits(card):
                return card


async def test_absent_owner_starts_a_countdown_then_members_move(there, scene, people):
    ana, bruno, room = scene
    carla = await there(people.carla)
    await ana.command("#exit")

    notice = await bruno.expect("notice", code="countdown", room=room)

    assert notice["data"]["owner"] == people.ana.name
    assert 0 < notice["data"]["seconds"] <= GRACE_SECONDS
    assert people.ana.name in notice["text"] and "se cerrará en" in notice["text"]
    card = await card_of(carla, room, lambda card: card["closes_at"])
    assert card["closes_at"] == notice["data"]["closes_at"]
    datetime.fromisoformat(card["closes_at"])
    gone = await bruno.expect("room_gone", room=room, within=GRACE_SECONDS + LATE_SECONDS)
    assert (gone["reason"], "se ha cerrado" in gone["text"]) == ("closed", True)
    while not (await bruno.expect("room", here=True))["room"]["default"]:
        pass
    assert (await carla.expect("room_gone", room=room))["reason"] == "closed"
    await carla.settle()
    assert not carla.received("notice", code="countdown", room=room)
    assert not await Room.open().filter(pk=room).aexists()


async def test_owner_back_in_time_keeps_the_room(there, scene, people):
    ana, bruno, room = scene
    await ana.close()
    await bruno.expect("notice", code="countdown", room=room)

    await there(people.ana, server=-1)

    stays = await bruno.expect("notice", code="room_stays", room=room)
    assert stays["data"] == {"owner": people.ana.name}
    await let_pass(GRACE_SECONDS + 1)
    await bruno.settle()
    assert not bruno.received("room_gone", room=room)
    assert bruno.received("rooms")[-1]["rooms"][-1]["closes_at"] is None
    newcomer = await there(people.carla, room=room)
    assert newcomer.received("room", here=True)[-1]["room"]["closes_at"] is None


async def test_client_entering_during_countdown_gets_its_end(there, scene, people):
    ana, bruno, room = scene
    await ana.command("#exit")
    notice = await bruno.expect("notice", code="countdown", room=room)

    carla = await there(people.carla, server=-1)

    assert (await carla.enter(room))["room"]["closes_at"] == notice["data"]["closes_at"]


async def test_reload_starts_no_countdown_and_second_tab_keeps_the_room(there, scene, people):
    ana, bruno, room = scene
    await ana.abort()
    second = await there(people.ana, server=-1)
    third = await there(people.ana)
    await third.close()

    await let_pass(GRACE_SECONDS + 1.5)
    await bruno.settle()
    assert not bruno.received("notice", code="countdown", room=room)
    assert not bruno.received("room_gone", room=room)
    await second.close()
    assert (await bruno.expect("room_gone", room=room, within=GRACE_SECONDS + LATE_SECONDS))["reason"] == "closed"


async def test_permanent_room_stays_open(scene, admin_site):
    ana, bruno, room = scene
    await ana.command("#exit")
    await bruno.expect("notice", code="countdown", room=room)
    before = await Room.objects.aget(pk=room)

    await sync_to_async(admin_site)(room)

    assert "permanente" in (await bruno.expect("notice", code="room_stays", room=room))["text"]
    await let_pass(GRACE_SECONDS + 1)
    after = await Room.objects.aget(pk=room)
    assert (after.permanent, after.closed_at, after.owner_gone_at) == (True, None, None)
    assert (after.last_seq, after.version) == (before.last_seq, before.version)


@pytest.fixture
def admin_site(client, people):
    """Function that makes a room permanent in the admin."""
    client.force_login(sign_up("boss", is_staff=True, is_superuser=True).user)

    def make_permanent(room):
        form = {"name": Room.objects.get(pk=room).name, "permanent": "on"}
        answer = client.post(f"/admin/rooms/room/{room}/change/", form)
        assert answer.status_code == 302

    return make_permanent
