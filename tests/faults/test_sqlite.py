"""SQLite's file is locked by another process, or fsync fails."""

import pytest

from . import fault_injection

pytestmark = pytest.mark.footing("embedded")


async def test_locked_database_loses_nothing(site):
    await site.open()
    await site.start_writers()
    await fault_injection.lock_sqlite(site)
    await site.wait_acks_resume()
    await site.expect_no_violations()


@pytest.mark.long
async def test_database_locked_for_long_loses_nothing(site):
    await site.open()
    await site.start_writers()
    await fault_injection.lock_sqlite(site, seconds=30)
    await site.wait_acks_resume()
    await site.expect_no_violations()


async def test_nothing_is_acknowledged_while_fsync_fails(site):
    await site.open()
    await site.start_writers()
    began_at, ended_at = await fault_injection.fail_fsync(site, seconds=3)
    meanwhile = [a for a in site.history.attempts if a.sent_at > began_at and a.ended_at and a.ended_at < ended_at]
    assert "say unavailable" in {attempt.outcome for attempt in meanwhile}
    assert not [attempt for attempt in meanwhile if attempt.is_acked and not attempt.answer["duplicate"]]
    await site.wait_acks_resume()
    await site.expect_no_violations()
