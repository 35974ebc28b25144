"""SQLite's file is locked by somebody else."""

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
