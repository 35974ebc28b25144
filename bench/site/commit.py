"""One bare commit of a message's row from Python: the least that storing can cost.

`python -m bench.site.commit <url>` prints the median seconds of one INSERT and COMMIT over one connection.
"""

import sqlite3
import statistics
import sys
import time
import uuid
from datetime import UTC, datetime
from typing import Any

import psycopg

from bench.clients.protocols import TEXT_SUFFIX

ROUNDS = 300
COLUMNS = "room_id, seq, version, author_id, client_id, text, at"


def main(url: str) -> None:
    kind, _separator, path = url.partition(":///")
    connection: Any  # of either driver
    if kind == "sqlite":
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("PRAGMA synchronous=FULL")
        mark, begin = "?", "BEGIN IMMEDIATE"
    else:
        connection = psycopg.connect(url, autocommit=True)
        mark, begin = "%s", "BEGIN"
    room = connection.execute("SELECT id FROM rooms_room WHERE is_default").fetchone()[0]
    author = connection.execute("SELECT min(id) FROM accounts_user").fetchone()[0]
    insert = f"INSERT INTO rooms_message ({COLUMNS}) VALUES ({', '.join([mark] * 7)})"
    print(statistics.median(_commit(connection, begin, insert, _row(room, n, author, kind)) for n in range(1, ROUNDS)))


def _row(room: int, number: int, author: int, kind: str) -> tuple[Any, ...]:
    client_id: uuid.UUID | str = uuid.uuid4()
    now: datetime | str = datetime.now(UTC)
    if kind == "sqlite":
        client_id, now = uuid.uuid4().hex, datetime.now(UTC).isoformat(" ")
    return (room, number, number, author, client_id, TEXT_SUFFIX, now)


def _commit(connection: Any, begin: str, insert: str, row: tuple[Any, ...]) -> float:
    started = time.perf_counter()
    connection.execute(begin)
    connection.execute(insert, row)
    connection.execute("COMMIT")
    return time.perf_counter() - started


if __name__ == "__main__":
    main(sys.argv[1])
