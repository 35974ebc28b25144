"""Who may no longer be here is gone at once, from every server, whatever they were connected by."""

import asyncio

import pytest
from asgiref.sync import sync_to_async

from accounts.models import Token
from tests.clients import ChatClient
from tests.people import unique

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.both_transports]
# One second is promised; a machine busy with other tests may take longer. The poll that heals lost rings comes later.
TIMEOUT_SECONDS = 5
REASON = "advertised pills"
USER = "accounts/user"


async def ends(client):
    return await client.wait_closed(within=TIMEOUT_SECONDS)


@pytest.fixture
def run_action(staff_browser):
    return lambda person, name, **answers: asyncio.to_thread(staff_browser.run_action, USER, person.id, name, **answers)


@pytest.fixture
def connect(site, people, transport):
    """Connects ana by a token of hers."""
    _token, secret = Token.issue(people.ana.user, "script")
    way = {"headers": {"Authorization": f"Bearer {secret}"}, "transport": transport}
    return lambda: ChatClient(site[-1], **way)


async def test_a_ban_ends_every_line_and_says_why(people, join, run_action):
    here, there, other = await join(people.ana), await join(people.ana, server=-1), await join(people.bruno)

    await run_action(people.ana, "ban", reason=REASON)

    for client in (here, there):
        assert await ends(client) == 4003
        assert REASON in (await client.expect("error", code="banned"))["text"]
    await other.settle()
    assert other.closed_with is None


async def test_a_token_s_line_ends_with_the_ban_and_opens_again_after_it(people, run_action, connect):
    async with connect() as bot:
        await bot.expect("hello")
        await run_action(people.ana, "ban", reason=REASON)
        assert await ends(bot) == 4003
    async with connect() as bot:
        assert REASON in (await bot.expect("error"))["text"]
        assert await bot.wait_closed() == 4003
    await run_action(people.ana, "unban")
    async with connect() as bot:
        await bot.expect("hello")


async def test_the_cookie_of_the_banned_leads_to_signing_in(people, run_action, site, transport):
    await run_action(people.ana, "ban", reason=REASON)
    async with ChatClient(site[0], people.ana, transport=transport) as ana:
        assert (await ana.expect("error"))["code"] == "not_signed_in"
        assert await ana.wait_closed() == 4001


@pytest.mark.parametrize("name", ["deactivate", "sign_out"])
async def test_whose_sessions_staff_end_is_asked_to_sign_in_again(people, join, run_action, name):
    ana = await join(people.ana, server=-1)
    await run_action(people.ana, name)
    assert await ends(ana) == 4001


async def test_the_deactivated_are_not_there_by_a_token_either(people, run_action, connect):
    async with connect() as bot:
        await bot.expect("hello")
        await run_action(people.ana, "deactivate")
        assert await ends(bot) == 4001


async def test_who_is_disconnected_by_staff_may_come_back(people, join, run_action):
    here, there = await join(people.ana), await join(people.ana, server=-1)
    await run_action(people.ana, "disconnect")
    for client in (here, there):
        assert await ends(client) == 1000
        await client.expect("error", code="disconnected")
    await join(people.ana)


async def test_the_banned_say_nothing_more_by_any_way(people, join, run_action, api_client):
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
async def test_who_is_no_longer_staff_has_no_such_rights_on_an_open_line(people, join):
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
