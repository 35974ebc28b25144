"""The databases of sites under test, queried directly rather than through the product."""

import shutil
import sqlite3
import uuid
from contextlib import closing
from pathlib import Path

from .history import StoredLog, StoredMessage, digest
from .instances import PostgresServer

HEADS = "SELECT id, epoch, last_seq, version FROM rooms_room"
ROWS = (
    "SELECT room_id, seq, version, author_id, client_id, text, edited_at IS NOT NULL OR erased_at IS NOT NULL"
    " FROM rooms_message ORDER BY room_id, seq"
)


class FaultDatabase:
    """The queries of the checker, common to both engines."""

    NOW: str  # SQL for the current time
    port: int | None
    name: str

    def log(self) -> StoredLog:
        """Read all rooms' heads and messages."""
        heads = {pk: (epoch, last_seq, version) for pk, epoch, last_seq, version in self.query(HEADS)}
        return StoredLog(heads, [stored_message(*row) for row in self.query(ROWS)])

    def heads(self) -> dict[int, tuple[str, int]]:
        """The head of each room's log: {room: (epoch, version)}."""
        return {pk: (epoch, version) for pk, epoch, _last_seq, version in self.query(HEADS)}

    def sockets(self) -> int:
        """How many sockets are registered as connected, by processes with a valid lease."""
        return self.query(
            "SELECT count(*) FROM rooms_socket s JOIN rooms_process p ON p.id = s.process_id"
            f" WHERE s.lost_at IS NULL AND p.expires_at > {self.NOW}"
        )[0][0]

    def url(self, port: int | None = None) -> str:
        """The database URL for a server; through a proxy if its `port` is given."""
        raise NotImplementedError

    def query(self, sql: str) -> list[tuple]:
        """Run one statement and return its rows."""
        raise NotImplementedError

    def move_to(self, folder: Path) -> None:
        """Move the database to another disk; nobody may be connected."""
        raise NotImplementedError

    def drop(self) -> None:
        """Delete a database that was moved."""
        raise NotImplementedError


def stored_message(
    room: int, seq: int, version: int, author: int, client_id: object, text: str, changed: object
) -> StoredMessage:
    return StoredMessage(room, seq, version, author, str(uuid.UUID(str(client_id))), digest(text), bool(changed))


class PostgresDatabase(FaultDatabase):
    NOW = "now()"

    def __init__(self, postgres: PostgresServer, name: str, template: "PostgresDatabase | None" = None) -> None:
        self._postgres = postgres
        self.name = name
        copy = f" TEMPLATE {template.name}" if template else ""
        postgres.query("postgres", f"CREATE DATABASE {name}{copy}")

    @property
    def port(self) -> int:
        return self._postgres.port

    def url(self, port: int | None = None) -> str:
        return self._postgres.url(self.name, port)

    def query(self, sql: str) -> list[tuple]:
        return self._postgres.query(self.name, sql)

    def move_to(self, folder: Path) -> None:
        tablespace = folder / self.name
        tablespace.mkdir()
        self._postgres.grant(tablespace)
        self._postgres.query("postgres", f"CREATE TABLESPACE {self.name} LOCATION '{tablespace}'")
        self._postgres.query("postgres", f"ALTER DATABASE {self.name} SET TABLESPACE {self.name}")

    def drop(self) -> None:
        self._postgres.query("postgres", f"DROP DATABASE {self.name} WITH (FORCE)")
        self._postgres.query("postgres", f"DROP TABLESPACE {self.name}")


class SqliteDatabase(FaultDatabase):
    NOW = "strftime('%Y-%m-%d %H:%M:%f', 'now')"
    port = None

    def __init__(self, folder: Path, name: str, template: "SqliteDatabase | None" = None) -> None:
        self.name = name
        self.path = folder / f"{name}.sqlite3"
        if template:
            shutil.copy(template.path, self.path)

    def url(self, port: int | None = None) -> str:
        return f"sqlite:///{self.path}"

    def query(self, sql: str) -> list[tuple]:
        with closing(sqlite3.connect(self.path, timeout=20)) as connection:
            return connection.execute(sql).fetchall()

    def move_to(self, folder: Path) -> None:
        self.path = Path(shutil.move(self.path, folder / self.path.name))

    def drop(self) -> None:
        self.path.unlink()
