"""Tokens: how programs sign in, and how that ends."""

from asyncio import to_thread
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Token
from accounts.passwords import FAILURES_OF_PAIR
from tests.clients import ChatClient
from tests.people import PASSWORD
from tests.programs import refusal
from tests.waiting import in_time

pytestmark = pytest.mark.once("grown")


def credentials(person, password=PASSWORD):
    return {"name": "curl", "username": person.name, "password": password}


def test_a_stranger_makes_a_token_with_user_name_and_password(people, program):
    made = program().post("tokens", **credentials(people.ana))

    assert made.status_code == 201 and made.json()["user"] == people.ana.user.to_dict()
    headers = {"Authorization": f"Bearer {made.json()['token']}"}
    assert program().call("GET", "rooms", headers=headers).status_code == 200


def test_a_token_is_kept_as_a_hash_only(people):
    token, secret = Token.make(people.ana.user, "script")
    row = Token.objects.filter(pk=token.pk).values().get()
    assert secret not in str(row) and len(secret) > 40


def test_the_list_shows_tokens_without_their_secrets(people, program):
    bot = program(people.ana)
    [shown] = bot.get("tokens").json()["tokens"]
    assert shown["name"] == "test" and bot.secret not in str(shown) and "digest" not in shown


def test_a_token_that_may_only_read_changes_nothing(people, program):
    bot = program(people.ana, scope="read")
    assert bot.get("rooms").status_code == 200
    assert refusal(bot.post("rooms", name="x")) == (403, "read_only_token", None)
    assert refusal(bot.post("tokens", name="more")) == (403, "read_only_token", None)


def test_a_revoked_token_stops_at_once(people, program):
    bot = program(people.ana)
    assert bot.delete(f"tokens/{bot.token.pk}").status_code == 204
    assert refusal(bot.get("rooms")) == (401, "bad_token", None)


def test_nobody_revokes_anothers_token(people, program):
    bot, other = program(people.ana), program(people.bruno)
    assert refusal(other.delete(f"tokens/{bot.token.pk}")) == (404, "no_such_token", None)
    assert bot.get("rooms").status_code == 200


def test_the_token_of_a_banned_user_stops_at_once(people, program):
    bot = program(people.ana)
    banish(people.ana)
    assert refusal(bot.get("rooms")) == (401, "bad_token", None)


def test_use_is_noted_at_most_once_a_minute(people):
    token, secret = Token.make(people.ana.user, "script")
    assert Token.of(secret).pk == token.pk
    first = Token.objects.get(pk=token.pk).used_at
    Token.of(secret)
    assert Token.objects.get(pk=token.pk).used_at == first
    Token.objects.filter(pk=token.pk).update(used_at=timezone.now() - timedelta(minutes=2))
    Token.of(secret)
    assert Token.objects.get(pk=token.pk).used_at >= first


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer nonsense", "bearer tertulia_x", "Bearer \x80\xff"])
def test_a_token_that_does_not_hold_is_refused_even_beside_a_session(people, program, header):
    headers = {"Authorization": header.encode("latin-1"), "Cookie": people.ana.cookie}
    assert refusal(program().call("GET", "rooms", headers=headers)) == (401, "bad_token", None)


def test_a_wrong_name_and_a_wrong_password_read_the_same_and_are_throttled(people, program):
    stranger = program()
    wrong = [stranger.post("tokens", **credentials(people.ana, "wrong")) for _ in range(FAILURES_OF_PAIR)]
    wrong.append(stranger.post("tokens", name="x", username="nobody.here", password="wrong"))
    assert {refusal(answer) for answer in wrong} == {(401, "wrong_password", None)}

    again = stranger.post("tokens", **credentials(people.ana))
    assert refusal(again) == (429, "slow_down", None) and int(again.headers["Retry-After"]) > 0
    assert stranger.post("tokens", **credentials(people.bruno)).status_code == 201


def test_a_session_needs_its_csrf_token_to_change_anything(people, program):
    stranger = program()
    cookie = {"Cookie": f"{people.ana.cookie}; csrf={'c' * 32}"}
    assert stranger.call("GET", "tokens", headers=cookie).status_code == 200
    assert refusal(stranger.call("POST", "tokens", headers=cookie, json={"name": "x"})) == (403, "csrf", None)
    with_token = cookie | {"X-CSRFToken": "c" * 32}
    assert stranger.call("POST", "tokens", headers=with_token, json={"name": "x"}).status_code == 201


def banish(person):
    user = person.user
    user.is_active = False
    user.save()


@pytest.mark.timed
async def test_a_token_opens_the_socket_and_its_end_closes_it(people, site, program):
    bot = await to_thread(program, people.ana)
    async with ChatClient(site[-1], headers=bot.headers) as ana:
        assert (await ana.expect("hello"))["user"] == {"id": people.ana.id, "name": people.ana.name}
        assert (await ana.say("by token"))["type"] == "ack"

        assert (await to_thread(bot.delete, f"tokens/{bot.token.pk}")).status_code == 204

        assert await ana.wait_closed(within=in_time(3)) == 4001


async def test_a_ban_closes_the_sockets_of_tokens(people, site, program):
    bot = await to_thread(program, people.ana)
    async with ChatClient(site[-1], headers=bot.headers) as ana:
        await ana.expect("hello")
        await to_thread(banish, people.ana)
        assert await ana.wait_closed() == 4001


async def test_a_reading_token_hears_but_does_not_speak(people, site, program):
    reader, writer = await to_thread(program, people.ana, scope="read"), await to_thread(program, people.bruno)
    async with ChatClient(site[-1], headers=reader.headers) as ana:
        room = (await ana.expect("hello"))["room"]
        assert (await ana.say("silence"))["code"] == "read_only_token"
        await to_thread(writer.post, f"rooms/{room}/messages", text="you hear me")
        await ana.hear("you hear me")


async def test_a_bad_token_does_not_open_the_socket(site, people):
    headers = {"Authorization": "Bearer nonsense", "Cookie": people.ana.cookie}
    async with ChatClient(site[0], headers=headers) as nobody:
        assert (await nobody.expect("error"))["code"] == "bad_token"
        assert await nobody.wait_closed() == 4001
