"""What is in a database of ours: its tables, their sums, and whether the logs in it are whole."""

import hashlib

from django.apps import apps
from django.db.migrations.loader import MigrationLoader
from django.utils.translation import gettext as _

FETCHED = 1000
BITS = 64

# Rows in any order give the same sum; md5, because it is the same in every release of PostgreSQL.
POSTGRESQL_SUM = (
    "SELECT count(*), coalesce(sum(('x' || left(md5(t::text), 16))::bit(64)::bigint::numeric), 0) FROM {table} t"
)

# Of an open log nothing is missing; of a closed one the oldest part may be deleted already.
BROKEN_LOGS = """
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


def tables_of(connection):
    """The names of the tables that this program has made in a database; others may live there too."""
    labels = {*(config.label for config in apps.get_app_configs()), "django"}
    return sorted(name for name in connection.introspection.table_names() if name.partition("_")[0] in labels)


def migrations_of(connection):
    """The last migration of each app that a database has seen."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, max(name) FROM django_migrations GROUP BY app ORDER BY app")
        return dict(cursor.fetchall())


def unknown_migrations(migrations):
    """Those of `{app: last migration}` that this release has not heard of."""
    known = MigrationLoader(None).disk_migrations
    return [found for found in migrations.items() if found not in known]


def sums_of(connection, tables, progress):
    """`{table: {"rows": …, "sum": …}}`, the same wherever the same rows are."""
    found = {}
    for table in tables:
        progress.go_on(_("Counting %(table)s") % {"table": table})
        rows, total = SUMS[connection.vendor](connection, table)
        found[table] = {"rows": rows, "sum": f"{int(total) % 2**BITS:016x}"}
    return found


def _sum_postgresql(connection, table):
    with connection.cursor() as cursor:
        cursor.execute(POSTGRESQL_SUM.format(table=connection.ops.quote_name(table)))
        return cursor.fetchone()


def _sum_sqlite(connection, table):
    rows = total = 0
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608, a table of ours
        while some := cursor.fetchmany(FETCHED):
            rows += len(some)
            total += sum(map(_number, some))
    return rows, total


def _number(row):
    return int.from_bytes(hashlib.md5(repr(row).encode(), usedforsecurity=False).digest()[: BITS // 8])


SUMS = {"postgresql": _sum_postgresql, "sqlite": _sum_sqlite}


def faults_of(connection, manifest, progress):
    """Sentences about what a restored database lacks or has too much of, by its manifest and by its own logs."""
    progress.begin(_("Comparing %(count)s tables") % {"count": len(manifest.tables)})
    found = sums_of(connection, tables_of(connection), progress)
    names = sorted(found.keys() | manifest.tables.keys())
    faults = [told(name, manifest.tables.get(name), found.get(name)) for name in names]
    progress.begin(_("Looking through the logs"))
    faults += [_("room %(room)s: its log has holes") % {"room": room} for room in broken_logs(connection)]
    return [fault for fault in faults if fault]


def told(table, kept, found):
    if kept == found:
        return None
    rows = {"table": table, "kept": kept["rows"] if kept else "–", "found": found["rows"] if found else "–"}
    if rows["kept"] != rows["found"]:
        return _("%(table)s: %(found)s rows in place of %(kept)s") % rows
    return _("%(table)s: %(found)s rows, but not the same") % rows


def broken_logs(connection):
    """Ids of rooms whose log is not 1, 2, 3 … up to the room's own numbers."""
    with connection.cursor() as cursor:
        cursor.execute(BROKEN_LOGS)
        return [room for (room,) in cursor.fetchall()]
