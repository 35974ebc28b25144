"""PostgreSQL restarts, hangs, answers nothing or has no connection left."""

import uuid

import pytest

from tests.clients import ChatClient
from tests.waiting import eventually, expect_in_time

from . import trouble

pytestmark = pytest.mark.footing("grown")

TIMEOUT_SECONDS = 2
COMMAND = str(uuid.uuid4())


def expect_told_in_time(site):
    assert "say unavailable" in {attempt.outcome for attempt in site.history.attempts}
    longest = site.history.longest_wait()
    expect_in_time(longest < 3 * TIMEOUT_SECONDS, f"nobody waited for more than {longest:.1f} s")


@pytest.mark.parametrize("mode", ["immediate", pytest.param("fast", marks=pytest.mark.long)])
async def test_a_restart_of_the_database_loses_nothing(site, mode):
    await site.open(servers=2)
    await site.talk()
    await trouble.restart_postgres(site, mode)
    await site.acked_again()
    await site.is_right()


@pytest.mark.timed
async def test_a_database_that_hangs_is_told_of_in_time_and_loses_nothing(site):
    await site.open(servers=2, proxies=("database",), DATABASE_TIMEOUT_SECONDS=TIMEOUT_SECONDS)
    await site.talk()
    await trouble.hang_database(site, seconds=5)
    await site.acked_again()
    await site.is_right()
    expect_told_in_time(site)


@pytest.mark.long
async def test_a_database_that_hangs_for_long_loses_nothing(site):
    await site.open(servers=2, proxies=("database",))
    await site.talk()
    await trouble.hang_database(site, seconds=30)
    await site.acked_again()
    await site.is_right()


@pytest.mark.timed
async def test_half_open_lines_to_the_database_are_given_up(site):
    await site.open(servers=2, proxies=("database",), DATABASE_TIMEOUT_SECONDS=TIMEOUT_SECONDS)
    await site.talk()
    await trouble.swallow_database(site)
    await site.acked_again()
    await site.is_right()
    expect_told_in_time(site)


async def test_a_database_that_may_only_be_read_for_a_while_loses_nothing(site):
    await site.open(servers=2)
    await site.talk()
    await trouble.forbid_writing(site)
    await site.acked_again()
    await site.is_right()
    assert "say unavailable" in {attempt.outcome for attempt in site.history.attempts}


async def test_a_commit_whose_answer_is_lost_is_stored_once(site):
    await site.open(servers=2, proxies=("database",))
    await site.talk()
    assert await trouble.lose_commit_answers(site) == 0
    await site.is_right()


async def test_a_database_without_a_free_connection_loses_nothing(site):
    await site.open(servers=2)
    await site.talk()
    await trouble.use_up_connections(site)
    await site.acked_again()
    await site.is_right()


async def test_who_cannot_hear_a_room_comes_back_to_it(site):
    await site.open(servers=2, DATABASE_TIMEOUT_SECONDS=TIMEOUT_SECONDS)
    walker, there = site.join(), site.rooms[1]
    await site.all_connected()
    async with trouble.locked_messages(site):
        await walker.move(there)
        await eventually(lambda: ("closed", 1011) in walker.stream.entries, what="the line is closed")
    await site.all_connected()
    assert walker.room == there
    walker.say_once()
    await site.is_right()


async def test_a_command_that_the_database_does_not_answer_is_answered_later(site):
    await site.open(servers=1, proxies=("database",), DATABASE_TIMEOUT_SECONDS=TIMEOUT_SECONDS)
    async with ChatClient(site.servers[0], site.ground.people[0]) as ana:
        await ana.expect("events")
        site.switch("database", "hang")
        refused = await ana.say("#lR", client_id=COMMAND)
        site.switch("database", "ok")
        assert (refused["code"], refused["retry_after"] > 0) == ("unavailable", True)
        assert (await ana.say("#lR", client_id=COMMAND))["code"] == "rooms"


async def test_a_private_message_that_is_not_stored_yet_is_said_once_in_the_end(site):
    await site.open(servers=1, DATABASE_TIMEOUT_SECONDS=TIMEOUT_SECONDS)
    [ana, bruno, *_others] = site.ground.people
    line = f"#\\private<{bruno.name}> between us"
    async with ChatClient(site.servers[0], ana) as client:
        await client.expect("events")
        async with trouble.locked_messages(site):
            refused = await client.say(line, client_id=COMMAND)
            assert (refused["code"], refused["retry_after"] > 0) == ("unavailable", True)
        told = await client.say(line, client_id=COMMAND)
        assert (told["type"], told["code"], told["data"]["seq"]) == ("reply", "private_sent", 1)
