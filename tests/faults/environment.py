"""The services and the seeded database that all sites of the fault tests share."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.servers import ROOT

from .databases import FaultDatabase, PostgresDatabase, SqliteDatabase
from .instances import PostgresServer, RedisServer
from .writer import SignedInUser

USERS = 21  # 210 pairs


class FaultEnvironment:
    """PostgreSQL and Redis, or neither, and a seeded database that is copied for each site."""

    def __init__(self, folder: Path, footing: str) -> None:
        self.folder = folder
        self._count = 0
        self.postgres: PostgresServer | None = None
        self.redis: RedisServer | None = None
        self.server_count = 1
        if footing == "grown":
            self.postgres, self.redis, self.server_count = PostgresServer(folder), RedisServer(folder), 2
        self.restore_services()
        self._template = self._database("seed")
        self.rooms, self.users = self.seed(self._template)

    def restore_services(self) -> None:
        """Restart the services that a test has stopped, and lift the limits it has set."""
        for service in filter(None, (self.postgres, self.redis)):
            if not service.is_running():
                service.start()
        if self.redis:
            self.redis.reset_limits()

    def stop(self) -> None:
        if self.postgres:
            self.redis.kill()
            self.postgres.stop()

    def new_database(self) -> FaultDatabase:
        """A copy of the seeded database."""
        return self._database(self._new_name(), self._template)

    def database_of_release(
        self, code_folder: Path, **settings: str
    ) -> tuple[FaultDatabase, list[int], list[SignedInUser]]:
        """A database seeded by an earlier release's code: `(database, rooms, users)`."""
        database = self._database(self._new_name())
        return database, *self.seed(database, code_folder, **settings)

    def _new_name(self) -> str:
        self._count += 1
        return f"faults{self._count}"

    def _database(self, name: str, template: FaultDatabase | None = None) -> FaultDatabase:
        if self.postgres:
            return PostgresDatabase(self.postgres, name, template)
        return SqliteDatabase(self.folder, name, template)

    def seed(
        self, database: FaultDatabase, code_folder: Path = ROOT, **settings: str
    ) -> tuple[list[int], list[SignedInUser]]:
        """Migrate and seed a database with the code in that folder: `(rooms, users)`."""
        command = [sys.executable, "-m", seeding_module(code_folder), str(USERS)]
        env = os.environ | {"DATABASE_URL": database.url(), "REDIS_URL": ""} | settings
        output = subprocess.run(command, cwd=code_folder, env=env, check=True, stdout=subprocess.PIPE).stdout
        seeded = json.loads(output)
        users = seeded.get("users") or seeded["people"]
        return seeded["rooms"], [SignedInUser(**user) for user in users]


def seeding_module(code_folder: Path) -> str:
    """The module that seeds a database; earlier releases have `settle`, which prints `people` for `users`."""
    exists = (code_folder / "tests/faults/seed_database.py").exists()
    return "tests.faults.seed_database" if exists else "tests.faults.settle"
