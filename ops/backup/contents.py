"""The contents of a site's database: its tables, their checksums, and the integrity of room logs."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.apps import apps
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.utils.translation import gettext as _

from .archive import Manifest, TableSummary
from .progress import Progress

FETCH_ROWS = 1000
CHECKSUM_BITS = 64

# The sum of row hashes does not depend on the order of rows. MD5: every release of PostgreSQL has it.
POSTGRESQL_CHECKSUM = (
    "SELECT count(*), coalesce(sum(('x' || left(md5(t::text), 16))::bit(64)::bigint::numeric), 0) FROM {table} t"
)

# The log of an open room is complete; the oldest part of a closed room's may be deleted already.
INCOMPLETE_LOGS = """
SELECT room.id FROM rooms_room room LEFT JOIN (
    SELECT room_id, count(*) AS said, min(seq) AS first, max(seq) AS last, count(DISTINCT version) AS versions,
        min(version) AS lowest, max(version) AS highest
    FROM rooms_message GROUP BY room_id
) log ON log.room_id = room.id
WHERE coalesce(last, room.last_seq) <> room.last_seq OR coalesce(highest, room.version) <> room.version
    OR said <> last - first + 1 OR versions <> said OR first < 1 OR lowest < 1
    OR (room.closed_at IS NULL AND room.floor = 0 AND coalesce(said, 0) <> room.last_seq)
ORDER BY room.id
"""


def site_tables(connection: BaseDatabaseWrapper) -> list[str]:
    """The names of the site's tables; the database may hold others too."""
    labels = {*(config.label for config in apps.get_app_configs()), "django"}
    return sorted(name for name in connection.introspection.table_names() if name.partition("_")[0] in labels)


def latest_migrations(connection: BaseDatabaseWrapper) -> dict[str, str]:
    """`{app: last migration}` applied to a database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, max(name) FROM django_migrations GROUP BY app ORDER BY app")
        return dict(cursor.fetchall())


def unknown_migrations(migrations: Mapping[str, str]) -> list[tuple[str, str]]:
    """Those of `{app: last migration}` that this release does not have."""
    known = MigrationLoader(None).disk_migrations
    return [migration for migration in migrations.items() if migration not in known]


def summarize(connection: BaseDatabaseWrapper, tables: Iterable[str], progress: Progress) -> dict[str, TableSummary]:
    """The summary of each table; equal rows give equal summaries in any database of the same vendor."""
    summaries: dict[str, TableSummary] = {}
    for table in tables:
        progress.update(_("Counting %(table)s") % {"table": table})
        rows, total = CHECKSUMS[connection.vendor](connection, table)
        summaries[table] = {"rows": rows, "sum": f"{int(total) % 2**CHECKSUM_BITS:016x}"}
    return summaries


def _checksum_postgresql(connection: BaseDatabaseWrapper, table: str) -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(POSTGRESQL_CHECKSUM.format(table=connection.ops.quote_name(table)))
        rows, total = cursor.fetchone()
        return rows, total


def _checksum_sqlite(connection: BaseDatabaseWrapper, table: str) -> tuple[int, int]:
    rows = total = 0
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608, a table of the site
        while batch := cursor.fetchmany(FETCH_ROWS):
            rows += len(batch)
            total += sum(map(_row_hash, batch))
    return rows, total


def _row_hash(row: tuple[Any, ...]) -> int:
    return int.from_bytes(hashlib.md5(repr(row).encode(), usedforsecurity=False).digest()[: CHECKSUM_BITS // 8])


CHECKSUMS = {"postgresql": _checksum_postgresql, "sqlite": _checksum_sqlite}


def differences(connection: BaseDatabaseWrapper, manifest: Manifest, progress: Progress) -> list[str]:
    """Sentences about tables that differ from the manifest, and about rooms whose log is incomplete."""
    progress.begin(_("Comparing %(count)s tables") % {"count": len(manifest.tables)})
    found = summarize(connection, site_tables(connection), progress)
    sentences = [*_table_differences(manifest.tables, found)]
    progress.begin(_("Looking through the logs"))
    return sentences + [_("room %(room)s: its log has holes") % {"room": room} for room in incomplete_logs(connection)]


def _table_differences(expected: Mapping[str, TableSummary], found: Mapping[str, TableSummary]) -> Iterator[str]:
    for table in sorted(found.keys() | expected.keys()):
        then, now = expected.get(table), found.get(table)
        if then == now:
            continue
        rows = {"table": table, "kept": then["rows"] if then else "–", "found": now["rows"] if now else "–"}
        if rows["kept"] != rows["found"]:
            yield _("%(table)s: %(found)s rows in place of %(kept)s") % rows
        else:
            yield _("%(table)s: %(found)s rows, but not the same") % rows


def incomplete_logs(connection: BaseDatabaseWrapper) -> list[int]:
    """The ids of rooms whose messages are not numbered 1, 2, 3 … up to the room's own counters."""
    with connection.cursor() as cursor:
        cursor.execute(INCOMPLETE_LOGS)
        return [room for (room,) in cursor.fetchall()]
