"""Builds broken on purpose: the checker must detect each; other tests inject the same faults into the real build."""

import pytest

from tests.waiting import eventually

from . import fault_injection
from .proxy import CommitBlocker, PublishDropper

pytestmark = pytest.mark.footing("grown")


async def test_ack_before_commit_is_detected(site):
    await site.open_broken("ack_before_commit", servers=2, proxies=("database",))
    await site.start_writers(rate=60)
    await fault_injection.kill_at_commit(site, CommitBlocker)
    assert "and is not stored" in "\n".join(await site.violations(quiesce_seconds=5))


async def test_delivery_by_publication_alone_is_detected(site):
    await site.open_broken("publish_only", servers=2)
    await site.start_writers()
    for _ in range(3):
        await fault_injection.disconnect_subscribers(site)
    assert "without [" in "\n".join(await site.violations(quiesce_seconds=5))


async def test_missing_head_check_is_detected(site):
    await site.open_broken("no_head_check", servers=2, proxies=("redis",))
    site.add_writer(0), site.add_writer(1)
    await site.wait_connected()
    dropper = site.proxies["redis"][1].interceptor = PublishDropper()
    site.writers[0].send_once()
    await eventually(lambda: dropper.dropped, what="a publication is dropped")
    assert "ended at" in "\n".join(await site.violations(quiesce_seconds=8))


async def test_missing_duplicate_check_is_detected(site):
    site.database.query("ALTER TABLE rooms_message DROP CONSTRAINT said_once")
    await site.open_broken("no_duplicate_check", servers=2)
    await site.start_writers()
    await fault_injection.drop_connections(site)
    assert "is stored 2 times" in "\n".join(await site.violations(quiesce_seconds=5))
