"""Faults to inject into a site under load: each coroutine is one fault, from its beginning to its end."""

import asyncio
import contextlib
import signal
import sqlite3
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from contextlib import closing

import psycopg

from tests.servers import Server
from tests.services import find_program
from tests.waiting import eventually, let_pass

from .instances import PostgresServer
from .proxy import CommitResponseDropper
from .site_under_test import SiteUnderTest, Span

EXIT_SECONDS = 10


async def kill_server(site: SiteUnderTest, down_seconds: float = 1) -> None:
    """SIGKILL a random server and restart it."""
    server = site.random.choice(site.servers)
    server.kill()
    await let_pass(down_seconds)
    await site.restart(server)
    await let_pass(1)


async def kill_at_commit(site: SiteUnderTest, interceptor: Callable[..., CommitResponseDropper]) -> None:
    """SIGKILL the first server at the moment that `interceptor`, a class of `proxy.py`, waits for, and restart it."""
    victim = site.servers[0]
    waiting = site.proxies["database"][0].interceptor = interceptor(then=victim.kill)
    await eventually(lambda: not waiting.remaining, what="a commit")
    await site.restart(victim)


async def restart_gracefully(site: SiteUnderTest, server: Server | None = None) -> None:
    """SIGTERM a server, wait until it has exited, restart it, as an upgrade does."""
    server = server or site.random.choice(site.servers)
    server.signal(signal.SIGTERM)
    await asyncio.to_thread(server.process.wait, EXIT_SECONDS)
    await site.restart(server)


async def freeze_server(site: SiteUnderTest, seconds: float = 8) -> None:
    """SIGSTOP a random server, and SIGCONT it after so long."""
    server = site.random.choice(site.servers)
    server.signal(signal.SIGSTOP)
    await let_pass(seconds)
    server.signal(signal.SIGCONT)


async def drop_connections(site: SiteUnderTest, seconds: float = 5) -> None:
    """Abort the connection of one random client after another, without a close frame."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        site.random.choice(site.writers).drop_connection()
        await let_pass(0.1)


async def switch_rooms(site: SiteUnderTest, seconds: float = 5) -> None:
    """Move random clients to random rooms, one after another."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        await site.random.choice(site.writers).enter_room(site.random.choice(site.rooms))
        await let_pass(0.05)


# --- Redis


async def kill_redis(site: SiteUnderTest, down_seconds: float = 2) -> None:
    """SIGKILL Redis and restart it."""
    site.redis.kill()
    await let_pass(down_seconds)
    await asyncio.to_thread(site.redis.start)
    await let_pass(2)


async def pause_redis(site: SiteUnderTest, seconds: float = 5) -> None:
    """CLIENT PAUSE."""
    site.redis.pause(seconds)
    await let_pass(seconds)


async def disconnect_subscribers(site: SiteUnderTest) -> None:
    """Close all pubsub connections; publications are lost until the servers have subscribed again."""
    site.redis.command("CLIENT", "KILL", "TYPE", "pubsub")
    await let_pass(1)


async def flush_redis(site: SiteUnderTest) -> None:
    """FLUSHALL."""
    site.redis.command("FLUSHALL")
    await let_pass(1)


async def disconnect_redis(site: SiteUnderTest, seconds: float = 3) -> None:
    """Reset the Redis connections of one server, and refuse new ones."""
    proxy = site.random.choice(site.proxies["redis"])
    proxy.switch("reset")
    await let_pass(seconds)
    proxy.switch("ok")


async def fill_redis(site: SiteUnderTest, seconds: float = 5) -> None:
    """Leave Redis no memory for keys; publications need none."""
    site.redis.exhaust_memory()
    await let_pass(seconds)
    site.redis.reset_limits()


async def blackhole_redis(site: SiteUnderTest, seconds: float = 5) -> None:
    """Leave one server's Redis connections half-open."""
    proxy = site.random.choice(site.proxies["redis"])
    proxy.switch("blackhole")
    await let_pass(seconds)
    proxy.switch("ok")


# --- PostgreSQL


async def restart_postgres(site: SiteUnderTest, mode: str = "immediate") -> None:
    """Restart PostgreSQL, `fast` or `immediate`."""
    await asyncio.to_thread(site.postgres.restart, mode)
    await let_pass(1)


async def hang_database(site: SiteUnderTest, seconds: float = 8) -> None:
    """Hold back all traffic to and from the database."""
    site.switch("database", "hang")
    await let_pass(seconds)
    site.switch("database", "ok")


async def blackhole_database(site: SiteUnderTest, seconds: float = 5) -> None:
    """Leave all database connections half-open; afterwards only new ones work."""
    site.switch("database", "blackhole")
    await let_pass(seconds)
    site.switch("database", "ok")


async def disconnect_database(site: SiteUnderTest, seconds: float = 2) -> None:
    """Reset all database connections, and refuse new ones."""
    site.switch("database", "reset")
    await let_pass(seconds)
    site.switch("database", "ok")


async def drop_commit_responses(site: SiteUnderTest, times: int = 3, seconds: float = 20) -> int:
    """Drop the response to that many COMMITs on each server; how many did not occur within `seconds`."""
    droppers = [CommitResponseDropper(times) for _proxy in site.proxies["database"]]
    for proxy, dropper in zip(site.proxies["database"], droppers, strict=True):
        proxy.interceptor = dropper
    end = time.monotonic() + seconds
    while any(dropper.remaining for dropper in droppers) and time.monotonic() < end:
        await let_pass(0.1)
    return sum(dropper.remaining for dropper in droppers)


async def make_database_read_only(site: SiteUnderTest, seconds: float = 1) -> None:
    """Make PostgreSQL read-only, as before a failover."""
    for setting, pause in (("on", seconds), ("off", 0)):
        site.postgres.query("postgres", f"ALTER SYSTEM SET default_transaction_read_only = {setting}")
        site.postgres.query("postgres", "SELECT pg_reload_conf()")
        await let_pass(pause)


async def exhaust_connections(site: SiteUnderTest, seconds: float = 4) -> None:
    """Take every connection that PostgreSQL allows, those of the servers too."""
    with contextlib.ExitStack() as connections:
        await asyncio.to_thread(_take_all, site.postgres, connections)
        await let_pass(seconds)


@contextlib.asynccontextmanager
async def messages_table_locked(site: SiteUnderTest) -> AsyncIterator[None]:
    """Hold an exclusive lock on the table of messages, as a careless migration does."""
    with psycopg.connect(site.postgres.url(site.database.name)) as connection:
        connection.execute("LOCK TABLE rooms_message IN ACCESS EXCLUSIVE MODE")
        yield


def _take_all(postgres: PostgresServer, connections: contextlib.ExitStack) -> None:
    first = connections.enter_context(psycopg.connect(postgres.url("postgres"), autocommit=True))
    with contextlib.suppress(psycopg.OperationalError):
        while True:
            connections.enter_context(psycopg.connect(postgres.url("postgres")))
            first.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname <> current_database()")


# --- SQLite


async def lock_sqlite(site: SiteUnderTest, seconds: float = 5) -> None:
    """Hold SQLite's write lock in another process."""
    with closing(sqlite3.connect(site.database.path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        await let_pass(seconds)
        connection.execute("ROLLBACK")


async def fail_fsync(site: SiteUnderTest, seconds: float = 5) -> Span:
    """Make every fsync of the server fail with EIO; the span in which it did."""
    command = [find_program("strace", "strace"), "-f", "-p", str(site.servers[0].process.pid)]
    command += ["-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:error=EIO"]
    strace = await asyncio.create_subprocess_exec(*command, "-o", site.folder / "strace.log", stderr=subprocess.PIPE)
    attached = await strace.stderr.readline()
    assert b"attached" in attached, attached
    span = await site.run_for(seconds)
    with contextlib.suppress(ProcessLookupError):  # it exits with the server
        strace.terminate()
    await strace.communicate()
    return span
