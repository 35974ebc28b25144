"""Fixtures of the fault tests: `site`, started by each test as it needs, on databases and services of this folder."""

import os
import random
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from .environment import FaultEnvironment
from .site_under_test import SiteUnderTest
from .small_disk import SmallDisk


@pytest.fixture(scope="session")
def environment(pytestconfig: pytest.Config, static_files: None) -> Iterator[FaultEnvironment]:
    with tempfile.TemporaryDirectory(prefix="tertulia-faults-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o711)  # PostgreSQL runs as another user and has to traverse the folder
        environment = FaultEnvironment(Path(name), pytestconfig.getoption("footing"))
        yield environment
        environment.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def site(environment: FaultEnvironment, tmp_path: Path) -> AsyncIterator[SiteUnderTest]:
    """A site that is not started yet: `await site.open(servers=3, proxies=("database",))`."""
    environment.restore_services()
    site = SiteUnderTest(environment, tmp_path, int(os.environ.get("SEED") or random.randrange(10**6)))
    print(f"SEED={site.seed}")
    yield site
    await site.close()
    environment.restore_services()


@pytest_asyncio.fixture(loop_scope="session")
async def small_disk(site: SiteUnderTest) -> AsyncIterator[SmallDisk]:
    """A small disk that holds the site's database."""
    disk = SmallDisk(site.environment.folder / "small-disk")
    try:
        site.database.move_to(disk.path)
        yield disk
        await site.close()
        site.database.drop()
    finally:
        disk.unmount()
