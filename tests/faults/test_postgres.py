"""PostgreSQL restarts, hangs, answers nothing or has no connection left."""

import pytest

from . import trouble

pytestmark = pytest.mark.footing("grown")

TIMEOUT_SECONDS = 2


@pytest.mark.parametrize("mode", ["immediate", pytest.param("fast", marks=pytest.mark.long)])
async def test_a_restart_of_the_database_loses_nothing(site, mode):
    await site.open(servers=2)
    await site.talk()
    await trouble.restart_postgres(site, mode)
    await site.acked_again()
    await site.is_right()


async def test_a_database_that_hangs_is_told_of_in_time_and_loses_nothing(site):
    await site.open(servers=2, proxies=("database",), DATABASE_TIMEOUT_SECONDS=TIMEOUT_SECONDS)
    await site.talk()
    await trouble.hang_database(site, seconds=5)
    await site.acked_again()
    await site.is_right()
    assert site.history.longest_wait() < 3 * TIMEOUT_SECONDS


@pytest.mark.long
async def test_a_database_that_hangs_for_long_loses_nothing(site):
    await site.open(servers=2, proxies=("database",))
    await site.talk()
    await trouble.hang_database(site, seconds=30)
    await site.acked_again()
    await site.is_right()


async def test_half_open_lines_to_the_database_are_given_up(site):
    await site.open(servers=2, proxies=("database",), DATABASE_TIMEOUT_SECONDS=TIMEOUT_SECONDS)
    await site.talk()
    await trouble.swallow_database(site)
    await site.acked_again()
    await site.is_right()
    assert site.history.longest_wait() < 3 * TIMEOUT_SECONDS


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
