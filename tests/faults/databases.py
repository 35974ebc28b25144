"""Databases a fault test has for itself, read past the product."""

import shutil
import sqlite3
import uuid
from contextlib import closing
from pathlib import Path

from .history import Log, Row, digest

HEADS = "SELECT id, epoch, last_seq, version FROM rooms_room"
ROWS = (
    "SELECT room_id, seq, version, author_id, client_id, text, edited_at IS NOT NULL OR erased_at IS NOT NULL"
    " FROM rooms_message ORDER BY room_id, seq"
)


class Database:
    """What a checker asks of either kind."""

    def log(self):
        heads = {pk: (epoch, last_seq, version) for pk, epoch, last_seq, version in self.query(HEADS)}
        return Log(heads, [row(*found) for found in self.query(ROWS)])

    def heads(self):
        """How far each room is: {room: (epoch, version)}."""
        return {pk: (epoch, version) for pk, epoch, _last_seq, version in self.query(HEADS)}

    def sockets(self):
        """How many clients count as connected."""
        return self.query(
            "SELECT count(*) FROM rooms_socket s JOIN rooms_process p ON p.id = s.process_id"
            f" WHERE s.lost_at IS NULL AND p.expires_at > {self.NOW}"
        )[0][0]


def row(room, seq, version, author, client_id, text, changed):
    return Row(room, seq, version, author, str(uuid.UUID(str(client_id))), digest(text), bool(changed))


class PostgresDatabase(Database):
    NOW = "now()"

    def __init__(self, postgres, name, template=None):
        self._postgres = postgres
        self.name = name
        copied = f" TEMPLATE {template.name}" if template else ""
        postgres.query("postgres", f"CREATE DATABASE {name}{copied}")

    @property
    def port(self):
        return self._postgres.port

    def url(self, port=None):
        return self._postgres.url(self.name, port)

    def query(self, sql):
        return self._postgres.query(self.name, sql)

    def move_to(self, folder):
        """Keep its tables on another disk, while nobody is connected."""
        place = folder / self.name
        place.mkdir()
        self._postgres.own(place)
        self._postgres.query("postgres", f"CREATE TABLESPACE {self.name} LOCATION '{place}'")
        self._postgres.query("postgres", f"ALTER DATABASE {self.name} SET TABLESPACE {self.name}")

    def drop(self):
        self._postgres.query("postgres", f"DROP DATABASE {self.name} WITH (FORCE)")
        self._postgres.query("postgres", f"DROP TABLESPACE {self.name}")


class SqliteDatabase(Database):
    NOW = "strftime('%Y-%m-%d %H:%M:%f', 'now')"

    def __init__(self, folder, name, template=None):
        self.path = folder / f"{name}.sqlite3"
        if template:
            shutil.copy(template.path, self.path)

    port = None

    def url(self, _port=None):
        return f"sqlite:///{self.path}"

    def query(self, sql):
        with closing(sqlite3.connect(self.path, timeout=20)) as connection:
            return connection.execute(sql).fetchall()

    def move_to(self, folder):
        """Be on another disk, while nobody is connected."""
        self.path = Path(shutil.move(self.path, folder / self.path.name))

    def drop(self):
        self.path.unlink()
