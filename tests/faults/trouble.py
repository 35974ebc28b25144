"""Things that happen to a site: each is one fault from its beginning to its end, everybody talking meanwhile."""

import asyncio
import contextlib
import signal
import sqlite3
import subprocess
import time
from contextlib import closing

import psycopg

from tests.services import find_program
from tests.waiting import eventually, let_pass

from .proxy import CommitThief

EXIT_SECONDS = 10


async def kill_a_server(site, down_seconds=1):
    """`kill -9` one, and start it again."""
    server = site.random.choice(site.servers)
    server.kill()
    await let_pass(down_seconds)
    await site.restart(server)
    await let_pass(1)


async def kill_around_a_commit(site, interceptor):
    """`kill -9` one at the moment which `interceptor` (a class of `proxy.py`) waits for."""
    victim = site.servers[0]
    waiting = site.proxies["database"][0].interceptor = interceptor(then=victim.kill)
    await eventually(lambda: not waiting.left, what="a commit")
    await site.restart(victim)


async def end_and_restart(site, server=None):
    """As an upgrade does: SIGTERM, wait for its end, start it again."""
    server = server or site.random.choice(site.servers)
    server.signal(signal.SIGTERM)
    await asyncio.to_thread(server.process.wait, EXIT_SECONDS)
    await site.restart(server)


async def freeze_a_server(site, seconds=8):
    server = site.random.choice(site.servers)
    server.signal(signal.SIGSTOP)
    await let_pass(seconds)
    server.signal(signal.SIGCONT)


async def break_lines(site, seconds=5):
    """One client after another loses its connection without a goodbye."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        site.random.choice(site.talkers).vanish()
        await let_pass(0.1)


async def wander(site, seconds=5):
    """Everybody enters one room after another."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        await site.random.choice(site.talkers).move(site.random.choice(site.rooms))
        await let_pass(0.05)


# --- Redis


async def kill_redis(site, down_seconds=2):
    site.redis.kill()
    await let_pass(down_seconds)
    await asyncio.to_thread(site.redis.start)
    await let_pass(2)


async def pause_redis(site, seconds=5):
    site.redis.pause(seconds)
    await let_pass(seconds)


async def cut_subscribers(site):
    """Redis drops all who listen; what is published until they are back is lost."""
    site.redis.command("CLIENT", "KILL", "TYPE", "pubsub")
    await let_pass(1)


async def flush_redis(site):
    site.redis.command("FLUSHALL")
    await let_pass(1)


async def cut_redis(site, seconds=3):
    """One server is cut off from Redis, the others are not."""
    proxy = site.random.choice(site.proxies["redis"])
    proxy.switch("reset")
    await let_pass(seconds)
    proxy.switch("ok")


async def fill_redis(site, seconds=5):
    """Redis keeps nothing more; a ring is nothing to keep."""
    site.redis.fill()
    await let_pass(seconds)
    site.redis.free()


async def swallow_redis(site, seconds=5):
    """One server's lines to Redis stay open and lead nowhere."""
    proxy = site.random.choice(site.proxies["redis"])
    proxy.switch("blackhole")
    await let_pass(seconds)
    proxy.switch("ok")


# --- PostgreSQL


async def restart_postgres(site, mode="immediate"):
    await asyncio.to_thread(site.postgres.restart, mode)
    await let_pass(1)


async def hang_database(site, seconds=8):
    site.switch("database", "hang")
    await let_pass(seconds)
    site.switch("database", "ok")


async def swallow_database(site, seconds=5):
    """Connections stay open and lead nowhere; only new ones work afterwards."""
    site.switch("database", "blackhole")
    await let_pass(seconds)
    site.switch("database", "ok")


async def cut_database(site, seconds=2):
    site.switch("database", "reset")
    await let_pass(seconds)
    site.switch("database", "ok")


async def lose_commit_answers(site, times=3, seconds=20):
    """As often on each server, the answer of a COMMIT is lost; returns how many were not met in time."""
    thieves = [CommitThief(times) for _proxy in site.proxies["database"]]
    for proxy, thief in zip(site.proxies["database"], thieves, strict=True):
        proxy.interceptor = thief
    end = time.monotonic() + seconds
    while any(thief.left for thief in thieves) and time.monotonic() < end:
        await let_pass(0.1)
    return sum(thief.left for thief in thieves)


async def forbid_writing(site, seconds=1):
    """PostgreSQL only lets itself be read, as one that is about to hand over to another."""
    for setting, pause in (("on", seconds), ("off", 0)):
        site.postgres.query("postgres", f"ALTER SYSTEM SET default_transaction_read_only = {setting}")
        site.postgres.query("postgres", "SELECT pg_reload_conf()")
        await let_pass(pause)


async def use_up_connections(site, seconds=4):
    """Others take every connection PostgreSQL has to give, those of the servers too."""
    with contextlib.ExitStack() as hogs:
        await asyncio.to_thread(_take_all, site.postgres, hogs)
        await let_pass(seconds)


@contextlib.asynccontextmanager
async def locked_messages(site):
    """Somebody holds the table of messages for themselves, as a careless migration does."""
    with psycopg.connect(site.postgres.url(site.database.name)) as connection:
        connection.execute("LOCK TABLE rooms_message IN ACCESS EXCLUSIVE MODE")
        yield


def _take_all(postgres, hogs):
    first = hogs.enter_context(psycopg.connect(postgres.url("postgres"), autocommit=True))
    with contextlib.suppress(psycopg.OperationalError):
        while True:
            hogs.enter_context(psycopg.connect(postgres.url("postgres")))
            first.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname <> current_database()")


# --- SQLite


async def lock_sqlite(site, seconds=5):
    """Another process holds the write lock."""
    with closing(sqlite3.connect(site.database.path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        await let_pass(seconds)
        connection.execute("ROLLBACK")


async def fail_syncs(site, seconds=5):
    """The disk answers EIO to every fsync of the server; returns from when until when."""
    command = [find_program("strace", "strace"), "-f", "-p", str(site.servers[0].process.pid)]
    command += ["-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:error=EIO"]
    strace = await asyncio.create_subprocess_exec(*command, "-o", site.folder / "strace.log", stderr=subprocess.PIPE)
    attached = await strace.stderr.readline()
    assert b"attached" in attached, attached
    span = await site.go_on(seconds)
    with contextlib.suppress(ProcessLookupError):  # it ends with the server
        strace.terminate()
    await strace.communicate()
    return span
