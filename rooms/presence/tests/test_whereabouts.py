"""The directory does not disclose a room to users who are banned from it."""

import asyncio

import pytest
from asgiref.sync import sync_to_async
from django.test import Client

from rooms.models import Room
from tests.people import unique

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture
def room(people):
    return Room.create(people.ana.user, unique("room"))


@pytest.fixture
async def scene(people, join, room):
    """Bruno and carla, in a room of ana; bruno was banned from it, and then it was renamed."""
    ana, bruno, carla = [await join(person, room=room.pk) for person in (people.ana, people.bruno, people.carla)]
    await ana.ask("moderate", room=room.pk, action="ban", user=people.bruno.name)
    await sync_to_async(room.rename)(unique("renamed"))
    return bruno, carla


async def whereabouts(client, api_client, person):
    """Return `(online, room)` of a user from each list of users: command, REST command, REST list, REST object."""
    over_rest = await asyncio.to_thread(api_client.post, "commands", text="#show users")
    page = await asyncio.to_thread(api_client.get, "users", after=person.id - 1)
    one = await asyncio.to_thread(api_client.get, f"users/{person.id}")
    lists = [(await client.command("#show users"))["data"], over_rest.json()["data"], page.json()]
    cards = [card for found in lists for card in found["users"] if card["id"] == person.id]
    return [(card["online"], card["room"]) for card in [*cards, one.json()]]


def page_of_users(person):
    browser = Client()
    browser.cookies["session"] = person.session_key
    return browser.get("/users/").content.decode()


async def test_banned_user_does_not_see_who_is_in_the_room(people, scene, room, api_client):
    bruno, carla = scene
    outside, inside = [await asyncio.to_thread(api_client, person) for person in (people.bruno, people.carla)]

    assert await whereabouts(bruno, outside, people.ana) == [(True, None)] * 4
    assert await whereabouts(carla, inside, people.ana) == [(True, {"id": room.pk, "name": room.name})] * 4
    assert room.name not in await asyncio.to_thread(page_of_users, people.bruno)
    assert room.name in await asyncio.to_thread(page_of_users, people.carla)
