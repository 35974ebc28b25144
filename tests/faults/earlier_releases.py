"""Earlier releases from the git history: their code, and a site that starts with it and is then upgraded."""

import asyncio
import itertools
import os
import shutil
import ssl
import subprocess
import sys
import time
from pathlib import Path

from websockets.exceptions import InvalidHandshake

from tests.servers import ROOT, Server
from tools.nginx_proxy import NginxProxy

from . import fault_injection
from .environment import FaultEnvironment
from .site_under_test import SiteUnderTest, Span
from .writer import CONNECT_OPTIONS, ChatWriter

MIGRATIONS = ("accounts/migrations", "rooms/migrations")
NOT_COPIED = shutil.ignore_patterns(".git", ".venv", "var", "__pycache__", "output", ".*_cache")
# The settings that docs/operating.md gives for a site behind a proxy.
BEHIND_PROXY = {"DOMAIN": "localhost", "HTTPS": "1", "BEHIND_PROXY": "1"}


def unpack(folder: Path, back: int) -> Path:
    """Unpack the newest commit whose set of migrations differs from today's; with `back` 2, the one before, and so on.

    A shallow clone lacks these commits: today's code without its newest migration then stands in.
    """
    commits = earlier_commits()
    if len(commits) < back:
        print(f"This clone's history has fewer than {back} earlier sets of migrations: using today's code without one")
        shutil.copytree(ROOT, folder, ignore=NOT_COPIED)
        newest_migration(folder).unlink()
        return folder
    commit = commits[back - 1]
    print(git("log", "-1", "--format=The earlier release is %h of %as: %s", commit).decode().strip())
    folder.mkdir()
    subprocess.run(["tar", "-x", "-C", folder], input=git("archive", commit), check=True)
    return folder


def earlier_commits() -> list[str]:
    """The newest commit of each earlier set of migrations, the latest first."""
    adding = git("log", "--format=%H", "--diff-filter=A", "--", *MIGRATIONS).decode().split()
    found, last = (
        [],
        {path.relative_to(ROOT).as_posix() for folder in MIGRATIONS for path in (ROOT / folder).glob("*.py")},
    )
    for commit in ["HEAD", *(f"{commit}^" for commit in adding)]:
        present = set(git("ls-tree", "-r", "--name-only", commit, "--", *MIGRATIONS).decode().split())
        if present and present != last:
            found.append(commit)
            last = present
    return found


def newest_migration(folder: Path) -> Path:
    return max((folder / "rooms/migrations").glob("0*.py"))


def git(*arguments: str) -> bytes:
    """The output of a git command; empty if it fails, as where the history is missing."""
    return subprocess.run(["git", "-C", ROOT, *arguments], check=False, capture_output=True).stdout


class NginxWriter(ChatWriter):
    """A writer that connects through Nginx with TLS, and counts refused handshakes."""

    connect_options = CONNECT_OPTIONS | {"ssl": ssl._create_unverified_context()}
    refused_handshakes = 0

    def _url(self) -> str:
        return super()._url().replace("ws:", "wss:")

    async def _connect_once(self) -> None:
        try:
            await super()._connect_once()
        except InvalidHandshake:
            self.refused_handshakes += 1
            raise


class EarlierReleaseSite(SiteUnderTest):
    """A site of an earlier release, behind Nginx with the configuration of `deploy/`; `upgrade` restarts a server."""

    writer_class = NginxWriter

    def __init__(self, environment: FaultEnvironment, folder: Path, seed: int, back: int) -> None:
        super().__init__(environment, folder, seed)
        self.code_folder = unpack(folder / "before", back)
        self.database, self.rooms, users = environment.database_of_release(self.code_folder, **BEHIND_PROXY)
        self.room, self._users = self.rooms[0], itertools.cycle(users)
        self._front = None

    async def open(self, servers: int) -> "EarlierReleaseSite":
        await super().open(servers, **BEHIND_PROXY)
        self._front = NginxProxy(self.folder, [server.port for server in self.servers])
        self._front.start()
        return self

    @property
    def ports(self) -> list[int]:
        return [self._front.port]

    @property
    def refused(self) -> int:
        """How many connections and handshakes were refused."""
        return sum(writer.refused_handshakes + writer.refused_connections for writer in self.writers)

    def applied_migrations(self) -> set[tuple[str, str]]:
        return {tuple(row) for row in self.database.query("SELECT app, name FROM django_migrations")}

    async def migrate(self) -> Span:
        """Run today's migrations while the servers run; the span it took."""
        return await migrate(self)

    async def upgrade(self, server: Server) -> None:
        """Restart a server with today's code."""
        server.code = ROOT
        await fault_injection.restart_gracefully(self, server)

    async def close(self) -> None:
        await super().close()
        if self._front:
            self._front.stop()


async def migrate(site: SiteUnderTest, *arguments: str, **settings: str) -> Span:
    """Run `manage.py migrate` under load; the span it took."""
    began_at = time.monotonic()
    env = os.environ | {"DATABASE_URL": site.database.url(), "REDIS_URL": ""} | settings
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0", *arguments]
    await asyncio.to_thread(subprocess.run, command, cwd=ROOT, env=env, check=True)
    return began_at, time.monotonic()
