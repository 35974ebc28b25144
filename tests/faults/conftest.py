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

from .databases import PostgresDatabase, SqliteDatabase
from .instances import Postgres, Redis
from .site import Site
from .talker import Person

PEOPLE = 16


def pytest_configure(config):
    config.addinivalue_line("markers", "long: takes minutes, so only where FAULTS=long, as in `make soak`")
    config.addinivalue_line("markers", "footing(name): only where the site stands on it, `embedded` or `grown`")


def pytest_collection_modifyitems(config, items):
    """A fault of Redis means nothing where there is none: such tests belong to one footing only."""

    def belongs(item):
        marker = item.get_closest_marker("footing")
        too_long = item.get_closest_marker("long") and os.environ.get("FAULTS") != "long"
        return not too_long and (marker is None or marker.args[0] == config.getoption("footing"))

    config.hook.pytest_deselected(items=[item for item in items if not belongs(item)])
    items[:] = [item for item in items if belongs(item)]


class Ground:
    """PostgreSQL and Redis, or neither; and a database with people in it, of which each site gets a copy."""

    def __init__(self, folder, footing):
        self._folder = folder
        self._count = 0
        self.postgres = self.redis = None
        self.processes = 1
        if footing == "grown":
            self.postgres, self.redis, self.processes = Postgres(folder), Redis(folder), 2
        self.heal()
        self._seed = self._database("seed")
        self._settle()

    def heal(self):
        """Whatever a test broke runs again."""
        for service in filter(None, (self.postgres, self.redis)):
            if not service.is_running():
                service.start()

    def end(self):
        if self.postgres:
            self.redis.kill()
            self.postgres.stop()

    def new_database(self):
        self._count += 1
        return self._database(f"faults{self._count}", self._seed)

    def _database(self, name, template=None):
        if self.postgres:
            return PostgresDatabase(self.postgres, name, template)
        return SqliteDatabase(self._folder, name, template)

    def _settle(self):
        command = [sys.executable, "-m", "tests.faults.settle", str(PEOPLE)]
        environment = os.environ | {"DATABASE_URL": self._seed.url(), "REDIS_URL": ""}
        told = json.loads(subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE).stdout)
        self.rooms = told["rooms"]
        self.people = [Person(**person) for person in told["people"]]


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
