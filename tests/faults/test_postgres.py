"""PostgreSQL restarts, hangs, becomes read-only or runs out of connections."""

import uuid

import pytest

from tests.clients import ChatClient
from tests.waiting import eventually, expect_in_time

from . import fault_injection

pytestmark = pytest.mark.footing("grown")

TIMEOUT_SECONDS = 2
COMMAND = str(uuid.uuid4())


def expect_unavailable_in_time(site):
    assert "say unavailable" in {attempt.outcome for attempt in site.history.attempts}
    longest = site.history.longest_wait()
    expect_in_time(longest < 3 * TIMEOUT_SECONDS, f"the longest wait was {longest:.1f} s")


@pytest.mark.parametrize("mode", ["immediate", pytest.param("fast", marks=pytest.mark.long)])
async def test_database_restart_loses_nothing(site, mode):
    await site.open(servers=2)
    await site.start_writers()
    await fault_injection.restart_postgres(site, mode)
    await site.wait_acks_resume()
    await site.expect_no_violations()


@pytest.mark.timed
async def test_hanging_database_is_reported_in_time_and_loses_nothing(site):
    await site.open(servers=2, proxies=("database",), DATABASE_TIMEOUT_SECONDS=TIMEOUT_SECONDS)
    await site.start_writers()
    await fault_injection.hang_database(site, seconds=5)
    await site.wait_acks_resume()
    await site.expect_no_violations()
    expect_unavailable_in_time(site)


@pytest.mark.long
async def test_database_hanging_for_long_loses_nothing(site):
    await site.open(servers=2, proxies=("database",))
    await site.start_writers()
    await fault_injection.hang_database(site, seconds=30)
    await site.wait_acks_resume()
    await site.expect_no_violations()


@pytest.mark.timed
async def test_half_open_database_connections_time_out(site):
    await site.open(servers=2, proxies=("database",), DATABASE_TIMEOUT_SECONDS=TIMEOUT_SECONDS)
    await site.start_writers()
    await fault_injection.blackhole_database(site)
    await site.wait_acks_resume()
    await site.expect_no_violations()
    expect_unavailable_in_time(site)


async def test_read_only_database_loses_nothing(site):
    await site.open(servers=2)
    await site.start_writers()
    await fault_injection.make_database_read_only(site)
    await site.wait_acks_resume()
    await site.expect_no_violations()
    assert "say unavailable" in {attempt.outcome for attempt in site.history.attempts}


async def test_commit_with_lost_response_is_stored_once(site):
    await site.open(servers=2, proxies=("database",))
    await site.start_writers()
    assert await fault_injection.drop_commit_responses(site) == 0
    await site.expect_no_violations()


async def test_exhausted_connections_lose_nothing(site):
    await site.open(servers=2)
    await site.start_writers()
    await fault_injection.exhaust_connections(site)
    await site.wait_acks_resume()
    await site.expect_no_violations()


async def test_client_whose_room_cannot_be_read_is_closed_and_rejoins_it(site):
    await site.open(servers=2, DATABASE_TIMEOUT_SECONDS=TIMEOUT_SECONDS)
    writer, target = site.add_writer(), site.rooms[1]
    await site.wait_connected()
    async with fault_injection.messages_table_locked(site):
        await writer.enter_room(target)
        await eventually(lambda: ("closed", 1011) in writer.stream.entries, what="the connection is closed")
    await site.wait_connected()
    assert writer.room == target
    writer.send_once()
    await site.expect_no_violations()


async def test_command_during_database_timeout_succeeds_on_retry(site):
    await site.open(servers=1, proxies=("database",), DATABASE_TIMEOUT_SECONDS=TIMEOUT_SECONDS)
    async with ChatClient(site.servers[0], site.environment.users[0]) as ana:
        await ana.expect("events")
        site.switch("database", "hang")
        refused = await ana.send_message("#lR", client_id=COMMAND)
        site.switch("database", "ok")
        assert (refused["code"], refused["retry_after"] > 0) == ("unavailable", True)
        assert (await ana.send_message("#lR", client_id=COMMAND))["code"] == "rooms"


async def test_private_message_retried_after_timeout_is_stored_once(site):
    await site.open(servers=1, DATABASE_TIMEOUT_SECONDS=TIMEOUT_SECONDS)
    [ana, bruno, *_others] = site.environment.users
    text = f"#\\private<{bruno.name}> between us"
    async with ChatClient(site.servers[0], ana) as client:
        await client.expect("events")
        async with fault_injection.messages_table_locked(site):
            refused = await client.send_message(text, client_id=COMMAND)
            assert (refused["code"], refused["retry_after"] > 0) == ("unavailable", True)
        sent = await client.send_message(text, client_id=COMMAND)
        assert (sent["type"], sent["code"], sent["data"]["seq"]) == ("reply", "private_sent", 1)
