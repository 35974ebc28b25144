"""One bare commit of a message's row from Python: what storing costs at the very least.

`python -m bench.commit <url>` prints the median seconds of one INSERT and COMMIT over one connection.
"""

import sqlite3
import statistics
import sys
import time
import uuid
from datetime import UTC, datetime

import psycopg

from .dialects import WORDS

ROUNDS = 300
COLUMNS = "room_id, seq, version, author_id, client_id, text, at"


def main(url):
    kind, _separator, path = url.partition(":///")
    place = f"SELECT {'id'} FROM rooms_room WHERE is_default"
    if kind == "sqlite":
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("PRAGMA synchronous=FULL")
        mark, begin = "?", "BEGIN IMMEDIATE"
    else:
        connection = psycopg.connect(url, autocommit=True)
        mark, begin = "%s", "BEGIN"
    room = connection.execute(place).fetchone()[0]
    author = connection.execute("SELECT min(id) FROM accounts_user").fetchone()[0]
    insert = f"INSERT INTO rooms_message ({COLUMNS}) VALUES ({', '.join([mark] * 7)})"
    print(statistics.median(_commit(connection, begin, insert, _row(room, n, author, kind)) for n in range(1, ROUNDS)))


def _row(room, number, author, kind):
    client_id, now = uuid.uuid4(), datetime.now(UTC)
    if kind == "sqlite":
        client_id, now = client_id.hex, now.isoformat(" ")
    return (room, number, number, author, client_id, WORDS, now)


def _commit(connection, begin, insert, row):
    begun = time.perf_counter()
    connection.execute(begin)
    connection.execute(insert, row)
    connection.execute("COMMIT")
    return time.perf_counter() - begun


if __name__ == "__main__":
    main(sys.argv[1])
