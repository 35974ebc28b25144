"""SQLite's file is locked by somebody else, or its disk fails."""

import pytest

from . import trouble

pytestmark = pytest.mark.footing("embedded")


async def test_a_locked_database_delays_and_loses_nothing(site):
    await site.open()
    await site.talk()
    await trouble.lock_sqlite(site)
    await site.acked_again()
    await site.is_right()


@pytest.mark.long
async def test_a_database_that_is_locked_for_long_loses_nothing(site):
    await site.open()
    await site.talk()
    await trouble.lock_sqlite(site, seconds=30)
    await site.acked_again()
    await site.is_right()


async def test_nothing_is_acknowledged_that_the_disk_did_not_take(site):
    await site.open()
    await site.talk()
    began_at, ended_at = await trouble.fail_syncs(site, seconds=3)
    meanwhile = [a for a in site.history.attempts if a.sent_at > began_at and a.ended_at and a.ended_at < ended_at]
    assert "say unavailable" in {attempt.outcome for attempt in meanwhile}
    assert not [attempt for attempt in meanwhile if attempt.is_acked and not attempt.answer["duplicate"]]
    await site.acked_again()
    await site.is_right()
