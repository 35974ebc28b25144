"""API tokens over REST and WebSocket."""

from asyncio import to_thread
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Token
from accounts.passwords import FAILURES_PER_PAIR
from tests.api_clients import refusal
from tests.clients import ChatClient
from tests.people import PASSWORD
from tests.waiting import in_time

pytestmark = pytest.mark.once("grown")


def credentials(person, password=PASSWORD):
    return {"name": "curl", "username": person.name, "password": password}


def test_token_is_issued_by_name_and_password(people, api_client):
    made = api_client().post("tokens", **credentials(people.ana))

    assert made.status_code == 201 and made.json()["user"] == people.ana.user.to_dict()
    headers = {"Authorization": f"Bearer {made.json()['token']}"}
    assert api_client().call("GET", "rooms", headers=headers).status_code == 200


def test_only_digest_of_token_is_stored(people):
    token, secret = Token.issue(people.ana.user, "script")
    row = Token.objects.filter(pk=token.pk).values().get()
    assert secret not in str(row) and len(secret) > 40


def test_token_list_has_no_secrets(people, api_client):
    bot = api_client(people.ana)
    [shown] = bot.get("tokens").json()["tokens"]
    assert shown["name"] == "test" and bot.secret not in str(shown) and "digest" not in shown


def test_read_only_token_changes_nothing(people, api_client):
    bot = api_client(people.ana, scope="read")
    assert bot.get("rooms").status_code == 200
    assert refusal(bot.post("rooms", name="x")) == (403, "read_only_token", None)
    assert refusal(bot.post("tokens", name="more")) == (403, "read_only_token", None)


def test_revoked_token_is_refused(people, api_client):
    bot = api_client(people.ana)
    assert bot.delete(f"tokens/{bot.token.pk}").status_code == 204
    assert refusal(bot.get("rooms")) == (401, "bad_token", None)


def test_user_cannot_revoke_token_of_another_user(people, api_client):
    bot, other = api_client(people.ana), api_client(people.bruno)
    assert refusal(other.delete(f"tokens/{bot.token.pk}")) == (404, "no_such_token", None)
    assert bot.get("rooms").status_code == 200


def test_token_of_inactive_user_is_refused(people, api_client):
    bot = api_client(people.ana)
    banish(people.ana)
    assert refusal(bot.get("rooms")) == (401, "bad_token", None)


def test_use_is_recorded_at_most_once_a_minute(people):
    token, secret = Token.issue(people.ana.user, "script")
    assert Token.authenticate(secret).pk == token.pk
    first = Token.objects.get(pk=token.pk).used_at
    Token.authenticate(secret)
    assert Token.objects.get(pk=token.pk).used_at == first
    Token.objects.filter(pk=token.pk).update(used_at=timezone.now() - timedelta(minutes=2))
    Token.authenticate(secret)
    assert Token.objects.get(pk=token.pk).used_at >= first


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer nonsense", "bearer tertulia_x", "Bearer \x80\xff"])
def test_invalid_token_is_refused_beside_valid_session(people, api_client, header):
    headers = {"Authorization": header.encode("latin-1"), "Cookie": people.ana.cookie}
    assert refusal(api_client().call("GET", "rooms", headers=headers)) == (401, "bad_token", None)


def test_wrong_name_and_wrong_password_are_indistinguishable_and_throttled(people, api_client):
    stranger = api_client()
    wrong = [stranger.post("tokens", **credentials(people.ana, "wrong")) for _ in range(FAILURES_PER_PAIR)]
    wrong.append(stranger.post("tokens", name="x", username="nobody.here", password="wrong"))
    assert {refusal(answer) for answer in wrong} == {(401, "wrong_password", None)}

    again = stranger.post("tokens", **credentials(people.ana))
    assert refusal(again) == (429, "slow_down", None) and int(again.headers["Retry-After"]) > 0
    assert stranger.post("tokens", **credentials(people.bruno)).status_code == 201


def test_session_needs_csrf_token_for_changes(people, api_client):
    stranger = api_client()
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
async def test_revoked_token_closes_its_socket(people, site, api_client):
    bot = await to_thread(api_client, people.ana)
    async with ChatClient(site[-1], headers=bot.headers) as ana:
        assert (await ana.expect("hello"))["user"] == {"id": people.ana.id, "name": people.ana.name}
        assert (await ana.send_message("by token"))["type"] == "ack"

        assert (await to_thread(bot.delete, f"tokens/{bot.token.pk}")).status_code == 204

        assert await ana.wait_closed(within=in_time(3)) == 4001


async def test_deactivation_closes_sockets_of_tokens(people, site, api_client):
    bot = await to_thread(api_client, people.ana)
    async with ChatClient(site[-1], headers=bot.headers) as ana:
        await ana.expect("hello")
        await to_thread(banish, people.ana)
        assert await ana.wait_closed() == 4001


async def test_read_only_token_receives_but_cannot_send(people, site, api_client):
    reader, writer = await to_thread(api_client, people.ana, scope="read"), await to_thread(api_client, people.bruno)
    async with ChatClient(site[-1], headers=reader.headers) as ana:
        room = (await ana.expect("hello"))["room"]
        assert (await ana.send_message("silence"))["code"] == "read_only_token"
        await to_thread(writer.post, f"rooms/{room}/messages", text="you hear me")
        await ana.expect_message("you hear me")


async def test_invalid_token_does_not_open_socket(site, people):
    headers = {"Authorization": "Bearer nonsense", "Cookie": people.ana.cookie}
    async with ChatClient(site[0], headers=headers) as nobody:
        assert (await nobody.expect("error"))["code"] == "bad_token"
        assert await nobody.wait_closed() == 4001
