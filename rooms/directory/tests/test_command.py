"""`#show users` over the socket."""

from datetime import date

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from accounts.models import User
from rooms.models import Room
from tests.people import sign_up, unique

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.once("grown")]


@pytest.fixture
def room(people):
    """A room owned by ana."""
    return Room.create(people.ana.user, unique("room of ana"))


@pytest.mark.parametrize("spelling", ["#show users", "#show users:", "#SHOW Users", "#show   users: "])
async def test_show_users_lists_connected_users_first(people, join, room, spelling):
    born = date(timezone.localdate().year - 36, 1, 1)
    away = await sync_to_async(sign_up)("aaaa", birth_date=born)  # first by name: one page only is listed
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
