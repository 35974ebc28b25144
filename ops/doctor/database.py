"""Checks of the database: connection, migrations, durability, encoding, clock."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.utils import NotSupportedError
from django.utils.translation import gettext as _

from chatsite.health import is_migrated

from .finding import Finding, fault, ok, warning

CLOCK_SECONDS = 2
SYNCHRONOUS_FULL = 2  # SQLite's number for the mode that the settings ask for
CLOCK_QUERIES = {
    "postgresql": "SELECT extract(epoch FROM clock_timestamp())",
    "sqlite": "SELECT (julianday('now') - 2440587.5) * 86400",
}


def check_database() -> Iterator[Finding]:
    started = time.perf_counter()
    try:
        query("SELECT 1")
        connection.check_database_version_supported()
    except NotSupportedError as error:
        yield fault(str(error), _("Upgrade the database server."))
        return
    except DatabaseError as error:
        yield unreachable(error)
        return
    milliseconds = f"{1000 * (time.perf_counter() - started):.0f}"
    sentence = _("%(name)s %(version)s answers in %(milliseconds)s ms")
    version = ".".join(map(str, connection.get_database_version()))
    yield ok(sentence % {"name": connection.display_name, "version": version, "milliseconds": milliseconds})
    yield check_migrations()
    yield from DURABILITY_CHECKS[connection.vendor]()
    yield check_clock()


def unreachable(error: DatabaseError) -> Finding:
    reason = " ".join(str(error).split())
    if connection.vendor == "sqlite":
        cure = _("May this user write the folder %(path)s? Is there such a one?") % {
            "path": Path(connection.settings_dict["NAME"]).parent
        }
    else:
        cure = _("Does it run? Is DATABASE_URL right: host, port, name, user, password?")
    return fault(_("The database does not answer: %(reason)s") % {"reason": reason}, cure)


def check_migrations() -> Finding:
    if is_migrated(connection):
        return ok(_("The tables are those of this release"))
    return fault(_("The tables are older than this release"), "manage.py migrate")


def check_durability_sqlite() -> Iterator[Finding]:
    mode, synchronous = query("PRAGMA journal_mode"), query("PRAGMA synchronous")
    if (mode, synchronous) == ("wal", SYNCHRONOUS_FULL):
        yield ok(_("It writes through to the disk (WAL, synchronous=FULL)"))
    else:
        what = _("It does not write as it should: journal_mode=%(mode)s, synchronous=%(synchronous)s")
        cure = _("WAL needs a local disk that this user may write; network file systems will not do.")
        yield fault(what % {"mode": mode, "synchronous": synchronous}, cure)


def check_durability_postgresql() -> Iterator[Finding]:
    off = [name for name in ("fsync", "synchronous_commit", "full_page_writes") if query(f"SHOW {name}") == "off"]
    if off:
        what = _("PostgreSQL may lose what was acknowledged when the power fails: %(names)s off")
        yield fault(what % {"names": ", ".join(off)}, _("Turn it on in postgresql.conf and reload."))
    else:
        yield ok(_("It writes through to the disk"))
    if (encoding := query("SHOW server_encoding")) != "UTF8":
        what = _("The database cannot hold all letters: its encoding is %(encoding)s") % {"encoding": encoding}
        yield fault(what, _("Make it anew with ENCODING 'UTF8', and bring a backup back."))
    yield check_connections()


def check_connections() -> Finding:
    most, mine = int(query("SHOW max_connections")), settings.DATABASES["default"]["OPTIONS"]["pool"]["max_size"]
    what = _("Of its %(most)s connections a server process takes up to %(mine)s") % {"most": most, "mine": mine}
    if mine * 2 > most:
        return warning(what, _("Raise max_connections, or lower DATABASE_THREADS."))
    return ok(what)


DURABILITY_CHECKS = {"sqlite": check_durability_sqlite, "postgresql": check_durability_postgresql}


def check_clock() -> Finding:
    before = time.time()
    database_time = float(query(CLOCK_QUERIES[connection.vendor]))
    offset = database_time - (before + time.time()) / 2
    if abs(offset) < CLOCK_SECONDS:
        return ok(_("Its clock agrees with this machine's"))
    what = _("Its clock is %(seconds)s s from this machine's") % {"seconds": f"{offset:+.1f}"}
    return fault(what, _("Let both machines take their time from NTP: sessions and leases end by it."))


def query(sql: str) -> Any:
    """The first column of the first row."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]
