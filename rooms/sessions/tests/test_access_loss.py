"""Bans, deactivation and lost rights take effect at once, on every server and transport."""

import asyncio

import pytest
from asgiref.sync import sync_to_async

from accounts.models import Token
from tests.clients import ChatClient
from tests.people import unique

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.both_transports, pytest.mark.once("grown")]
# One second is promised; a machine busy with other tests may take longer. The poll for lost events comes later.
TIMEOUT_SECONDS = 5
REASON = "advertised pills"
USER = "accounts/user"


async def close_code(client):
    return await client.wait_closed(within=TIMEOUT_SECONDS)


@pytest.fixture
def run_action(staff_browser):
    return lambda person, name, **answers: asyncio.to_thread(staff_browser.run_action, USER, person.id, name, **answers)


@pytest.fixture
def connect(site, people, transport):
    """Factory of clients of ana that connect with a token."""
    _token, secret = Token.issue(people.ana.user, "script")
    way = {"headers": {"Authorization": f"Bearer {secret}"}, "transport": transport}
    return lambda: ChatClient(site[-1], **way)


async def test_ban_closes_every_connection_with_its_reason(people, join, run_action):
    here, there, other = await join(people.ana), await join(people.ana, server=-1), await join(people.bruno)

    await run_action(people.ana, "ban", reason=REASON)

    for client in (here, there):
        assert await close_code(client) == 4003
        assert REASON in (await client.expect("error", code="banned"))["text"]
    await other.settle()
    assert other.closed_with is None


async def test_token_connection_is_closed_by_ban_and_allowed_after_it(people, run_action, connect):
    async with connect() as bot:
        await bot.expect("hello")
        await run_action(people.ana, "ban", reason=REASON)
        assert await close_code(bot) == 4003
    async with connect() as bot:
        assert REASON in (await bot.expect("error"))["text"]
        assert await bot.wait_closed() == 4003
    await run_action(people.ana, "unban")
    async with connect() as bot:
        await bot.expect("hello")


async def test_session_of_banned_user_redirects_to_sign_in(people, run_action, site, transport):
    await run_action(people.ana, "ban", reason=REASON)
    async with ChatClient(site[0], people.ana, transport=transport) as ana:
        assert (await ana.expect("error"))["code"] == "not_signed_in"
        assert await ana.wait_closed() == 4001


@pytest.mark.parametrize("name", ["deactivate", "sign_out"])
async def test_sessions_ended_by_staff_require_sign_in(people, join, run_action, name):
    ana = await join(people.ana, server=-1)
    await run_action(people.ana, name)
    assert await close_code(ana) == 4001


async def test_deactivation_closes_token_connections(people, run_action, connect):
    async with connect() as bot:
        await bot.expect("hello")
        await run_action(people.ana, "deactivate")
        assert await close_code(bot) == 4001


async def test_user_disconnected_by_staff_can_reconnect(people, join, run_action):
    here, there = await join(people.ana), await join(people.ana, server=-1)
    await run_action(people.ana, "disconnect")
    for client in (here, there):
        assert await close_code(client) == 1000
        await client.expect("error", code="disconnected")
    await join(people.ana)


async def test_banned_user_cannot_send_by_any_interface(people, join, run_action, api_client):
    bot, bruno = await asyncio.to_thread(api_client, people.ana), await join(people.bruno)
    room = (await bruno.command(f"#cR {unique('room')}"))["data"]["room"]["id"]
    said = await asyncio.to_thread(lambda: bot.post(f"rooms/{room}/messages", text="before"))
    assert said.status_code == 201
    await run_action(people.ana, "ban", reason=REASON)
    for call in (
        lambda: bot.post(f"rooms/{room}/messages", text="after"),
        lambda: bot.get(f"rooms/{room}/messages"),
        lambda: bot.get("users"),
        lambda: bot.post("tokens", name="another"),
    ):
        answer = await asyncio.to_thread(call)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "banned")
    await bruno.expect_message("before")
    await bruno.settle()
    assert [message["text"] for message in bruno.log(room)] == ["before"]


@pytest.mark.footing("grown")
async def test_lost_staff_rights_apply_to_open_connections(people, join):
    await set_staff(people.ana, True)
    ana = await join(people.ana, server=-1)
    await ana.send(type="broadcast", id="a", text="I am of the staff")
    await ana.expect("reply", id="a")

    await set_staff(people.ana, False)

    async with asyncio.timeout(TIMEOUT_SECONDS):
        while not await is_refused(ana):
            pass


async def is_refused(client):
    await client.send(type="broadcast", id="b", text="and now?")
    return (await client.expect("reply", "error", id="b"))["type"] == "error"


@sync_to_async
def set_staff(person, is_staff):
    user = person.user
    user.is_staff = is_staff
    user.save()
