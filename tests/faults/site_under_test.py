"""A site for one fault test: server processes behind proxies, and the clients connected to them."""

import asyncio
import contextlib
import itertools
import json
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path

from tests.servers import ROOT, Server
from tests.waiting import MACHINE_IS_OURS, WaitTimeout, eventually, let_pass

from .checker import check
from .environment import FaultEnvironment
from .history import RunHistory
from .instances import PostgresServer, RedisServer
from .observer import PresenceObserver
from .proxy import Proxy
from .writer import ChatWriter, SignedInUser

QUIESCE_SECONDS = 40
WRITERS = 12
# The full rate only in `make soak`: elsewhere concurrent test runs share the machine.
MESSAGES_PER_SECOND = 200 if MACHINE_IS_OURS else 80
SCRIPT_FRAMES_IN_FLIGHT = 8
TIMESTAMP = re.compile(r"^[-0-9]+ [:,0-9]+ ")
SERVER_SETTINGS = {"CHAT_MESSAGE_RATE": 0, "CHAT_FRAME_RATE": 0, "REDIS_PREFIX": "faults"}

Span = tuple[float, float]  # of the monotonic clock, in seconds


class SiteUnderTest:
    """`proxies` are keyed by their target ("database", "redis", "web"), one for each server."""

    writer_class = ChatWriter
    code_folder = ROOT

    def __init__(self, environment: FaultEnvironment, folder: Path, seed: int) -> None:
        self.environment = environment
        self.folder = folder
        self.seed = seed
        self.random = random.Random(seed)
        self.database = environment.new_database()
        self.rooms = environment.rooms
        self.room = environment.rooms[0]
        self.history = RunHistory()
        self.servers: list[Server] = []
        self.writers: list[ChatWriter] = []
        self.observers: list[PresenceObserver] = []
        self.proxies: dict[str, list[Proxy]] = {"database": [], "redis": [], "web": []}
        self._users = itertools.cycle(environment.users)

    @property
    def redis(self) -> RedisServer | None:
        return self.environment.redis

    @property
    def postgres(self) -> PostgresServer | None:
        return self.environment.postgres

    # --- Servers

    async def open(
        self, servers: int | None = None, proxies: Collection[str] = (), **settings: object
    ) -> "SiteUnderTest":
        """Start `servers` processes (by default as many as the environment has), each behind proxies of these kinds."""
        for number in range(servers or self.environment.server_count):
            await self._add_server(number, proxies, SERVER_SETTINGS | settings)
        await asyncio.gather(*[asyncio.to_thread(server.wait_until_ready) for server in self.servers])
        return self

    async def open_broken(self, name: str, **options: object) -> "SiteUnderTest":
        """Start a build broken on purpose: `name` is a module of `broken/`, `options` are those of `open`."""
        return await self.open(DJANGO_SETTINGS_MODULE="tests.faults.broken.settings", BROKEN=name, **options)

    async def _add_server(self, number: int, proxies: Collection[str], settings: dict[str, object]) -> None:
        database_port = await self._proxied("database", self.database.port, proxies)
        urls = {"DATABASE_URL": self.database.url(database_port), "REDIS_URL": ""}
        if self.redis:
            urls["REDIS_URL"] = self.redis.url(await self._proxied("redis", self.redis.port, proxies))
        server = Server(self.folder / f"server-{number + 1}.log", **urls, **settings)
        await self._proxied("web", server.port, proxies)
        server.code = self.code_folder
        server.start()
        self.servers.append(server)

    async def _proxied(self, kind: str, port: int | None, proxies: Collection[str]) -> int | None:
        if kind not in proxies:
            return port
        proxy = Proxy(port)
        await proxy.start()
        self.proxies[kind].append(proxy)
        return proxy.port

    def switch(self, kind: str, mode: str) -> None:
        """Switch all proxies of that kind."""
        for proxy in self.proxies[kind]:
            proxy.switch(mode)

    @property
    def ports(self) -> list[int]:
        """The ports to which clients connect."""
        return [proxy.port for proxy in self.proxies["web"]] or [server.port for server in self.servers]

    async def restart(self, server: Server) -> None:
        """Start a server that has ended, and wait until it is ready."""
        server.start()
        await asyncio.to_thread(server.wait_until_ready)

    # --- Clients

    def add_writer(self, server_index: int = 0, **options: object) -> ChatWriter:
        """Start one more writer, which prefers the server of that index; `options` are those of `ChatWriter`."""
        index = server_index % len(self.ports)
        user, own_random = next(self._users), random.Random(self.random.random())
        writer = self.writer_class(self.history, user, self.room, lambda: self.ports_from(index), own_random, **options)
        self.writers.append(writer)
        writer.start()
        return writer

    async def add_observers(self, count: int, rooms: int) -> tuple[list[PresenceObserver], list[int]]:
        """Connect `count` new users to `rooms` new rooms: `(observers, ids of the rooms)`, the owners first.

        Observers are distributed evenly over rooms and servers; each owner is in the owned room.
        """
        added = await asyncio.to_thread(self.add_users, count, rooms)
        observers = self.observers
        for number, fields in enumerate(added["users"]):
            index = number % len(self.ports)
            observers.append(PresenceObserver(self, SignedInUser(**fields), added["rooms"][number % rooms], index))
        for observer in observers:
            observer.start()
        await eventually(lambda: all(one.is_connected for one in observers), seconds=60, what="observers are connected")
        return observers, added["rooms"]

    def add_users(self, count: int, rooms: int) -> dict[str, list]:
        """Insert users and rooms into the site's database: `{"users": [{id, name, cookie}], "rooms": [id]}`."""
        command = [sys.executable, "-m", "tests.faults.add_users", str(count), str(rooms)]
        env = os.environ | {"DATABASE_URL": self.database.url(), "REDIS_URL": ""}
        return json.loads(subprocess.run(command, env=env, check=True, stdout=subprocess.PIPE).stdout)

    def ports_from(self, index: int) -> list[int]:
        """All ports for clients, beginning with that of the server with this index."""
        return self.ports[index:] + self.ports[:index]

    async def start_writers(self, count: int = WRITERS, rate: float = MESSAGES_PER_SECOND) -> None:
        """Start `count` writers over all servers, `rate` messages a second in all; every fourth acts as a script.

        Returns when all are connected.
        """
        for number in range(count):
            self.add_writer(number, rate=rate / count, max_in_flight=1 if number % 4 else SCRIPT_FRAMES_IN_FLIGHT)
        await self.wait_connected()

    async def wait_connected(self) -> None:
        """Wait until every writer is connected."""
        await eventually(
            lambda: all(writer.is_connected for writer in self.writers),
            seconds=QUIESCE_SECONDS,
            what="all writers are connected",
        )

    async def run_for(self, seconds: float) -> Span:
        """Keep the load running for that long; the span, for `RunHistory.ack_seconds`."""
        began_at = time.monotonic()
        await let_pass(seconds)
        return began_at, time.monotonic()

    def median_ack_seconds(self, span: Span) -> float:
        return statistics.median(self.history.ack_seconds(*span))

    def acks_since(self, moment: float) -> int:
        """How many frames sent since that moment are acknowledged."""
        return len(self.history.ack_seconds(since=moment))

    async def wait_acks_resume(self, seconds: float = QUIESCE_SECONDS) -> None:
        """Wait until frames sent from now on are acknowledged."""
        moment = time.monotonic()
        await eventually(lambda: self.acks_since(moment) >= len(self.servers), seconds=seconds, what="acks resume")

    # --- The end of a run

    async def quiesce(self, seconds: float = QUIESCE_SECONDS) -> None:
        """Stop all writing; wait until everything is answered and every reader is at its room's head."""
        for writer in self.writers:
            writer.rate = 0
        await self.wait_converged(seconds)

    async def wait_converged(self, seconds: float = QUIESCE_SECONDS) -> None:
        """Wait until everything is answered and received, as long as there is progress within `seconds`.

        A busy machine may have a long backlog. Without progress this returns: the checker reports what is missing.
        """
        acked = -1
        while acked < (acked := len(self.history.acked)):
            with contextlib.suppress(WaitTimeout):
                return await eventually(self._is_converged, seconds=seconds, every=0.2, what="the site has converged")
        return None

    def _is_converged(self) -> bool:
        present = [writer for writer in self.writers if not writer.is_finished]
        if not all(writer.is_connected and writer.is_answered for writer in present):
            return False
        heads = self.database.heads()
        return all(writer.position == heads[writer.room] for writer in present)

    async def violations(self, quiesce_seconds: float = QUIESCE_SECONDS) -> list[str]:
        """Quiesce, and return all violations of the run."""
        await self.quiesce(quiesce_seconds)
        found = check(self.history, self.database.log())
        found += [violation for server in self.servers for violation in log_violations(server)]
        if found:
            self.history.save(self.folder / "history.jsonl")
        return found

    async def expect_no_violations(self) -> None:
        """Quiesce, and fail with all violations of the run."""
        found = await self.violations()
        listed = "\n".join(found[:20])
        print(self.history.summary())
        assert not found, f"{len(found)} violations with seed {self.seed}, kept in {self.folder}:\n{listed}"
        assert self.history.acked, "Nothing was acknowledged"

    async def close(self) -> None:
        """Stop the clients, kill the servers, close the proxies."""
        for client in [*self.writers, *self.observers]:
            await client.stop()
        for server in self.servers:
            if server.process.poll() is None:
                server.signal(signal.SIGCONT)
                server.kill()
        for proxy in itertools.chain.from_iterable(self.proxies.values()):
            await proxy.close()


def log_violations(server: Server) -> list[str]:
    """Tracebacks and 500s in a server's log: expected failures take one line, whatever fault was injected."""
    found = Counter(_violations_in(server.log().splitlines()))
    return [f"{server.log_path.name}: {count} × {violation}" for violation, count in found.items()]


def _violations_in(lines: list[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        before = lines[number - 1] if number else "the start"
        # Chained tracebacks follow an empty line; the first of a chain is enough.
        if line.startswith("Traceback (most recent call last)") and before:
            last = next((end for end in lines[number + 1 :] if end and not end.startswith(" ")), "")
            yield f"a traceback after {TIMESTAMP.sub('', before)!r}: {last}"
        elif "Internal Server Error" in line:
            yield TIMESTAMP.sub("", line)
