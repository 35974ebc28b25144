"""What a fault test gets: `site`, to be opened as it wishes, on databases and services of this folder's own."""

import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import pytest_asyncio

from tests.servers import ROOT

from .databases import PostgresDatabase, SqliteDatabase
from .disk import SmallDisk
from .instances import Postgres, Redis
from .site import Site
from .talker import Person

PEOPLE = 21  # 210 pairs


class Ground:
    """PostgreSQL and Redis, or neither; and a database with people in it, of which each site gets a copy."""

    def __init__(self, folder, footing):
        self.folder = folder
        self._count = 0
        self.postgres = self.redis = None
        self.processes = 1
        if footing == "grown":
            self.postgres, self.redis, self.processes = Postgres(folder), Redis(folder), 2
        self.heal()
        self._seed = self._database("seed")
        self.rooms, self.people = self.settle(self._seed)

    def heal(self):
        """Whatever a test broke runs again."""
        for service in filter(None, (self.postgres, self.redis)):
            if not service.is_running():
                service.start()
        if self.redis:
            self.redis.free()

    def end(self):
        if self.postgres:
            self.redis.kill()
            self.postgres.stop()

    def new_database(self):
        return self._database(self._new_name(), self._seed)

    def old_database(self, code, **environment):
        """One that an earlier release's code has made: `(database, rooms, people)`."""
        database = self._database(self._new_name())
        return database, *self.settle(database, code, **environment)

    def _new_name(self):
        self._count += 1
        return f"faults{self._count}"

    def _database(self, name, template=None):
        if self.postgres:
            return PostgresDatabase(self.postgres, name, template)
        return SqliteDatabase(self.folder, name, template)

    def settle(self, database, code=ROOT, **environment):
        command = [sys.executable, "-m", "tests.faults.settle", str(PEOPLE)]
        environment = os.environ | {"DATABASE_URL": database.url(), "REDIS_URL": ""} | environment
        output = subprocess.run(command, cwd=code, env=environment, check=True, stdout=subprocess.PIPE).stdout
        told = json.loads(output)
        return told["rooms"], [Person(**person) for person in told["people"]]


@pytest.fixture(scope="session")
def ground(pytestconfig, static_files):
    with tempfile.TemporaryDirectory(prefix="tertulia-faults-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o711)  # PostgreSQL, as another user, passes through to its own folder
        ground = Ground(Path(name), pytestconfig.getoption("footing"))
        yield ground
        ground.end()


@pytest_asyncio.fixture(loop_scope="session")
async def site(ground, tmp_path):
    """A site that is not open yet: `await site.open(servers=3, proxies=("database",))`."""
    ground.heal()
    site = Site(ground, tmp_path, int(os.environ.get("SEED") or random.randrange(10**6)))
    print(f"SEED={site.seed}")
    yield site
    await site.close()
    ground.heal()


@pytest_asyncio.fixture(loop_scope="session")
async def small_disk(site):
    """The site's database is on a disk of its own, of a few megabytes."""
    disk = SmallDisk(site.ground.folder / "small-disk")
    try:
        site.database.move_to(disk.path)
        yield disk
        await site.close()
        site.database.drop()
    finally:
        disk.unmount()
