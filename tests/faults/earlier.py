"""Earlier releases of ours, out of the history: their code, and a site that begins with it."""

import asyncio
import itertools
import os
import shutil
import ssl
import subprocess
import sys
import time

from websockets.exceptions import InvalidHandshake

from tests.servers import ROOT
from tools.nginx_proxy import NginxProxy

from . import trouble
from .site import Site
from .talker import SOCKET_OPTIONS, Talker

MIGRATIONS = ("accounts/migrations", "rooms/migrations")
LEFT_ALONE = shutil.ignore_patterns(".git", ".venv", "var", "__pycache__", "output", ".*_cache")
# As docs/operating.md has it behind a proxy.
BEHIND_FRONT = {"DOMAIN": "localhost", "HTTPS": "1", "BEHIND_PROXY": "1"}


def unpack(folder, back):
    """The newest code whose tables are not today's, into `folder`; with `back` 2, the one before that.

    A shallow clone has no such code: there today's stands for it, without the newest migration.
    """
    commits = earlier_commits()
    if len(commits) < back:
        print(
            f"The history here ends before the tables change {back} times: today's code, without a migration, stands in"
        )
        shutil.copytree(ROOT, folder, ignore=LEFT_ALONE)
        newest(folder).unlink()
        return folder
    commit = commits[back - 1]
    print(git("log", "-1", "--format=The release before is %h of %as: %s", commit).decode().strip())
    folder.mkdir()
    subprocess.run(["tar", "-x", "-C", folder], input=git("archive", commit), check=True)
    return folder


def earlier_commits():
    """The newest commit of each state of the tables before today's, the latest first."""
    adding = git("log", "--format=%H", "--diff-filter=A", "--", *MIGRATIONS).decode().split()
    found, last = (
        [],
        {path.relative_to(ROOT).as_posix() for folder in MIGRATIONS for path in (ROOT / folder).glob("*.py")},
    )
    for commit in ["HEAD", *(f"{commit}^" for commit in adding)]:
        held = set(git("ls-tree", "-r", "--name-only", commit, "--", *MIGRATIONS).decode().split())
        if held and held != last:
            found.append(commit)
            last = held
    return found


def newest(folder):
    return max((folder / "rooms/migrations").glob("0*.py"))


def git(*words):
    """What it says; nothing where there is no such history."""
    return subprocess.run(["git", "-C", ROOT, *words], check=False, capture_output=True).stdout


class Visitor(Talker):
    """Comes in by the front door, and counts how often it stayed shut."""

    socket_options = SOCKET_OPTIONS | {"ssl": ssl._create_unverified_context()}
    turned_away = 0

    def _address(self):
        return super()._address().replace("ws:", "wss:")

    async def _connect_once(self):
        try:
            await super()._connect_once()
        except InvalidHandshake:
            self.turned_away += 1
            raise


class OldSite(Site):
    """A site of an earlier release, behind the Nginx that `deploy/` gives; `upgrade` renews a server."""

    talker = Visitor

    def __init__(self, ground, folder, seed, back):
        super().__init__(ground, folder, seed)
        self.code = unpack(folder / "before", back)
        self.database, self.rooms, people = ground.old_database(self.code, **BEHIND_FRONT)
        self.room, self._people = self.rooms[0], itertools.cycle(people)
        self._front = None

    async def open(self, servers):
        await super().open(servers, **BEHIND_FRONT)
        self._front = NginxProxy(self.folder, [server.port for server in self.servers])
        self._front.start()
        return self

    @property
    def ports(self):
        return [self._front.port]

    @property
    def turned_away(self):
        """How often somebody was refused, and not because they were to go."""
        return sum(talker.turned_away + talker.refusals for talker in self.talkers)

    def migrated(self):
        return {tuple(row) for row in self.database.query("SELECT app, name FROM django_migrations")}

    async def migrate(self):
        """As today's code does it, once, while the servers go on; when that was."""
        return await migrate(self)

    async def upgrade(self, server):
        server.code = ROOT
        await trouble.end_and_restart(self, server)

    async def close(self):
        await super().close()
        if self._front:
            self._front.stop()


async def migrate(site, *words, **environment):
    """`manage.py migrate` while everybody talks; when that was."""
    began_at = time.monotonic()
    environment = os.environ | {"DATABASE_URL": site.database.url(), "REDIS_URL": ""} | environment
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0", *words]
    await asyncio.to_thread(subprocess.run, command, cwd=ROOT, env=environment, check=True)
    return began_at, time.monotonic()
