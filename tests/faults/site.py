"""A site of a fault test's own: server processes with proxies around them, and the people who talk there."""

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

from tests.servers import ROOT, Server
from tests.waiting import MACHINE_IS_OURS, TooLong, eventually, let_pass

from .checker import check
from .guest import Guest
from .history import History
from .proxy import Proxy
from .talker import Person, Talker

QUIET_SECONDS = 40
TALKERS = 12
# `make soak` runs all faults at the full rate; beside other runs of tests they would only wait for each other.
MESSAGES_A_SECOND = 200 if MACHINE_IS_OURS else 80
SCRIPT_FRAMES_UNDER_WAY = 8
TIME = re.compile(r"^[-0-9]+ [:,0-9]+ ")
LOAD = {"CHAT_MESSAGE_RATE": 0, "CHAT_FRAME_RATE": 0, "REDIS_PREFIX": "faults"}


class Site:
    """`proxies` are told by what stands behind them ("database", "redis", "web"), one for each server."""

    talker = Talker  # the kind of people who talk here
    code = ROOT

    def __init__(self, ground, folder, seed):
        self.ground = ground
        self.folder = folder
        self.seed = seed
        self.random = random.Random(seed)
        self.database = ground.new_database()
        self.rooms = ground.rooms
        self.room = ground.rooms[0]
        self.history = History()
        self.servers = []
        self.talkers = []
        self.guests = []
        self.proxies = {"database": [], "redis": [], "web": []}
        self._people = itertools.cycle(ground.people)

    @property
    def redis(self):
        return self.ground.redis

    @property
    def postgres(self):
        return self.ground.postgres

    # --- Servers

    async def open(self, servers=None, proxies=(), **environment):
        """Start `servers` processes (as many as the footing has, if not said), each with these proxies of its own."""
        for number in range(servers or self.ground.processes):
            await self._add_server(number, proxies, LOAD | environment)
        await asyncio.gather(*[asyncio.to_thread(server.wait_until_ready) for server in self.servers])
        return self

    async def open_broken(self, name, **how):
        """The same with one thing broken on purpose: `name` is a module of `broken/`."""
        return await self.open(DJANGO_SETTINGS_MODULE="tests.faults.broken.settings", BROKEN=name, **how)

    async def _add_server(self, number, proxies, environment):
        database_port = await self._proxied("database", self.database.port, proxies)
        urls = {"DATABASE_URL": self.database.url(database_port), "REDIS_URL": ""}
        if self.redis:
            urls["REDIS_URL"] = self.redis.url(await self._proxied("redis", self.redis.port, proxies))
        server = Server(self.folder / f"server-{number + 1}.log", **urls, **environment)
        await self._proxied("web", server.port, proxies)
        server.code = self.code
        server.start()
        self.servers.append(server)

    async def _proxied(self, kind, port, proxies):
        if kind not in proxies:
            return port
        proxy = Proxy(port)
        await proxy.start()
        self.proxies[kind].append(proxy)
        return proxy.port

    def switch(self, kind, mode):
        for proxy in self.proxies[kind]:
            proxy.switch(mode)

    @property
    def ports(self):
        """Where clients connect."""
        return [proxy.port for proxy in self.proxies["web"]] or [server.port for server in self.servers]

    async def restart(self, server):
        server.start()
        await asyncio.to_thread(server.wait_until_ready)

    # --- People

    def join(self, number=0, **how):
        """One more talker, at home on the server of that number; started."""
        home = number % len(self.ports)

        person, own_random = next(self._people), random.Random(self.random.random())
        talker = self.talker(self.history, person, self.room, lambda: self.ports_from(home), own_random, **how)
        self.talkers.append(talker)
        talker.start()
        return talker

    async def gather(self, people, rooms):
        """A crowd of this site's own, that only stands in rooms: `(guests, ids of their rooms)`, the owners first.

        Every room has its share, its owner among them; all servers have theirs.
        """
        told = await asyncio.to_thread(self.settle_crowd, people, rooms)
        guests = self.guests
        for number, fields in enumerate(told["people"]):
            home = number % len(self.ports)
            guests.append(Guest(self, Person(**fields), told["rooms"][number % rooms], home))
        for guest in guests:
            guest.start()
        await eventually(lambda: all(guest.is_connected for guest in guests), seconds=60, what="all guests are there")
        return guests, told["rooms"]

    def settle_crowd(self, people, rooms):
        """So many more people and rooms in this site's database."""
        command = [sys.executable, "-m", "tests.faults.crowd", str(people), str(rooms)]
        environment = os.environ | {"DATABASE_URL": self.database.url(), "REDIS_URL": ""}
        return json.loads(subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE).stdout)

    def ports_from(self, home):
        """Where clients connect, their favourite first."""
        return self.ports[home:] + self.ports[:home]

    async def talk(self, count=TALKERS, rate=MESSAGES_A_SECOND):
        """Let `count` people talk, spread over the servers; every fourth is a script. Returns when all are there."""
        for number in range(count):
            self.join(number, rate=rate / count, under_way=1 if number % 4 else SCRIPT_FRAMES_UNDER_WAY)
        await self.all_connected()

    async def all_connected(self):
        await eventually(
            lambda: all(talker.is_connected for talker in self.talkers), seconds=QUIET_SECONDS, what="all are connected"
        )

    async def go_on(self, seconds):
        """Let everybody talk on for so long; when that was, for `History.ack_seconds`."""
        began_at = time.monotonic()
        await let_pass(seconds)
        return began_at, time.monotonic()

    def median_ack_seconds(self, span):
        return statistics.median(self.history.ack_seconds(*span))

    def acked_since(self, moment):
        return len(self.history.ack_seconds(since=moment))

    async def acked_again(self, seconds=QUIET_SECONDS):
        """Wait until what is said from now on is acknowledged."""
        moment = time.monotonic()
        await eventually(lambda: self.acked_since(moment) >= len(self.servers), seconds=seconds, what="acks again")

    # --- The end

    async def quiet(self, seconds=QUIET_SECONDS):
        """Let everybody fall silent; wait until all is answered and every reader is at the room's end."""
        for talker in self.talkers:
            talker.rate = 0
        await self.settled(seconds)

    async def settled(self, seconds=QUIET_SECONDS):
        """Wait for that as long as it comes nearer: on a busy machine there may be much to make up for."""
        acked = -1
        # If it comes no nearer, what is missing is the checker's to say.
        while acked < (acked := len(self.history.acked)):
            with contextlib.suppress(TooLong):
                return await eventually(self._is_settled, seconds=seconds, every=0.2, what="quiet")
        return None

    def _is_settled(self):
        present = [talker for talker in self.talkers if not talker.is_finished]
        if not all(talker.is_connected and talker.is_answered for talker in present):
            return False
        heads = self.database.heads()
        return all(talker.place == heads[talker.room] for talker in present)

    async def wrongs(self, quiet_seconds=QUIET_SECONDS):
        """Everything wrong with the whole run, once it is quiet."""
        await self.quiet(quiet_seconds)
        found = check(self.history, self.database.log())
        found += [wrong for server in self.servers for wrong in wrongs_in_log(server)]
        if found:
            self.history.save(self.folder / "history.jsonl")
        return found

    async def is_right(self):
        """Fail with all that is wrong."""
        found = await self.wrongs()
        told = "\n".join(found[:20])
        print(self.history.summary())
        assert not found, f"{len(found)} wrongs with seed {self.seed}, kept in {self.folder}:\n{told}"
        assert self.history.acked, "Nobody said anything"

    async def close(self):
        for talker in [*self.talkers, *self.guests]:
            await talker.stop()
        for server in self.servers:
            if server.process.poll() is None:
                server.signal(signal.SIGCONT)
                server.kill()
        for proxy in itertools.chain.from_iterable(self.proxies.values()):
            await proxy.close()


def wrongs_in_log(server):
    """An expected failure is one line; a traceback or a 500 is a bug, whatever was broken around it."""
    found = Counter(_wrongs_in(server.log().splitlines()))
    return [f"{server.log_path.name}: {count} × {wrong}" for wrong, count in found.items()]


def _wrongs_in(lines):
    for number, line in enumerate(lines):
        before = lines[number - 1] if number else "the start"
        # An empty line stands before the tracebacks of a chain, and its head says enough.
        if line.startswith("Traceback (most recent call last)") and before:
            last = next((end for end in lines[number + 1 :] if end and not end.startswith(" ")), "")
            yield f"a traceback after {TIME.sub('', before)!r}: {last}"
        elif "Internal Server Error" in line:
            yield TIME.sub("", line)
