"""Limits on webhooks, bots, tokens and rooms under concurrent requests."""

from collections import Counter

import pytest

from accounts import passwords
from accounts.models import Attempt, Token, User
from rooms.models import Room
from rooms.webhooks.models import IncomingHook, OutgoingHook, new_bot
from tests.api_clients import refusal
from tests.concurrently import at_once
from tests.people import sign_up, unique

pytestmark = pytest.mark.once("grown")


@pytest.fixture(autouse=True)
def _no_attempts(committed):
    Attempt.objects.all().delete()
    yield
    Attempt.objects.all().delete()


@pytest.fixture
def ana(people, api_client):
    return api_client(people.ana)


@pytest.fixture
def room(people):
    return Room.create(people.ana.user, unique("Chess"))


@pytest.mark.both_footings
def test_concurrent_requests_for_one_bot_name_succeed_once(people, room, api_client):
    api_clients, name = [api_client(people.ana) for _ in range(6)], unique("bot")
    answers = at_once(lambda number: api_clients[number].post(f"rooms/{room.pk}/hooks/incoming", name=name), 6)
    assert Counter(answer.status_code for answer in answers) == {201: 1, 400: 5}
    refused = {refusal(answer) for answer in answers if answer.status_code == 400}
    assert refused == {(400, "username_taken", "name")}


@pytest.mark.both_footings
@pytest.mark.parametrize("way", ["incoming", "outgoing"])
def test_hook_limit_holds_for_concurrent_requests(way, people, room, api_client):
    for _ in range(8):
        IncomingHook.make(room, new_bot(unique("bot")), people.ana.user)
        OutgoingHook.make(room, "http://127.0.0.1:9/", people.ana.user)
    api_clients = [api_client(people.ana, server=-(number % 2)) for number in range(16)]
    wish = {"url": "http://127.0.0.1:9/"} if way == "outgoing" else {}
    names = [unique("bot") for _ in api_clients]

    def make_hook(number):
        return api_clients[number].post(f"rooms/{room.pk}/hooks/{way}", **(wish or {"name": names[number]}))

    answers = at_once(make_hook, len(api_clients))
    assert Counter(answer.status_code for answer in answers) == {201: 2, 409: 14}
    assert getattr(room, f"{way}_hooks").count() == 10


@pytest.mark.both_footings
def test_token_limit_holds_for_concurrent_requests(people, api_client):
    api_clients = [api_client(people.ana, server=-(number % 2)) for number in range(16)]
    for _ in range(32):
        Token.issue(people.ana.user, "script")
    answers = at_once(lambda number: api_clients[number].post("tokens", name="one more"), 16)
    assert Counter(answer.status_code for answer in answers) == {201: 2, 400: 14}
    assert people.ana.user.tokens.count() == 50


@pytest.mark.both_footings
@pytest.mark.parametrize("who", ["ana", "bruno", "carla"])  # repeated, for a race of a few milliseconds
def test_room_limit_holds_for_concurrent_requests(who, people, api_client):
    maker = getattr(people, who)
    api_clients = [api_client(maker, server=-(number % 2)) for number in range(16)]
    for _ in range(48):
        Room.create(maker.user, unique("room"))
    for one in api_clients:
        one.get("me")  # opens the connection
    answers = at_once(lambda number: api_clients[number].post("rooms", name=unique("room")), 16)
    assert Counter(answer.status_code for answer in answers) == {201: 2, 409: 14}
    assert {refusal(answer)[1] for answer in answers if answer.status_code == 409} == {"too_many_rooms"}


def test_bots_count_as_sign_ups_of_the_address(ana, room):
    made = [ana.post(f"rooms/{room.pk}/hooks/incoming", name=unique("bot")).json()["id"] for _ in range(2)]
    Attempt.objects.bulk_create(
        Attempt(key=one.key) for one in list(Attempt.objects.all()) for _ in range(passwords.SIGN_UPS_PER_ADDRESS)
    )
    assert ana.post(f"rooms/{room.pk}/hooks/incoming", name=unique("bot")).status_code == 429
    assert IncomingHook.objects.filter(room=room).count() == len(made)


def test_unused_bot_is_deleted_with_its_hook(ana, room):
    name = unique("bot")
    for _ in range(2):
        hook = ana.post(f"rooms/{room.pk}/hooks/incoming", name=name).json()
        assert hook["bot"]["name"] == name
        assert ana.delete(f"rooms/{room.pk}/hooks/incoming/{hook['id']}").status_code == 204
        assert not User.objects.filter(username=name).exists()


@pytest.mark.parametrize("use", ["said something", "has a token", "is written to"])
def test_bot_in_use_is_kept(use, ana, people, room):
    hook = ana.post(f"rooms/{room.pk}/hooks/incoming", name=unique("bot")).json()
    bot = User.objects.get(pk=hook["bot"]["id"])
    if use == "said something":
        assert ana.call("POST", hook["url"].removeprefix(ana.server.url), json={"text": "beep"}).status_code == 201
    elif use == "has a token":
        Token.issue(bot, "script")
    else:
        Room.between(people.bruno.user, bot)
    assert ana.delete(f"rooms/{room.pk}/hooks/incoming/{hook['id']}").status_code == 204
    assert User.objects.filter(pk=bot.pk).exists()


def test_staff_site_deletes_unused_bot_with_its_hook(people, room, client):
    hook, _secret = IncomingHook.make(room, new_bot(unique("bot")), people.ana.user)
    client.force_login(sign_up("root", is_staff=True, is_superuser=True).user)
    client.post(f"/admin/rooms/incominghook/{hook.pk}/delete/", {"post": "yes"})
    assert not IncomingHook.objects.filter(pk=hook.pk).exists() and not User.objects.filter(pk=hook.bot_id).exists()
