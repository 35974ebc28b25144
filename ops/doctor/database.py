"""The database: whether it answers, is ours, keeps what it was given, and agrees about the time."""

import time
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.utils import NotSupportedError
from django.utils.translation import gettext as _

from chatsite.health import is_migrated

from .finding import fault, fine, warning

CLOCK_SECONDS = 2
# As `settings.py` asks for it: 2 is FULL.
FULL = 2
CLOCKS = {
    "postgresql": "SELECT extract(epoch FROM clock_timestamp())",
    "sqlite": "SELECT (julianday('now') - 2440587.5) * 86400",
}


def look():
    begun = time.perf_counter()
    try:
        ask("SELECT 1")
        connection.check_database_version_supported()
    except NotSupportedError as error:
        yield fault(str(error), _("Upgrade the database server."))
        return
    except DatabaseError as error:
        yield unreachable(error)
        return
    milliseconds = f"{1000 * (time.perf_counter() - begun):.0f}"
    words = _("%(name)s %(version)s answers in %(milliseconds)s ms")
    version = ".".join(map(str, connection.get_database_version()))
    yield fine(words % {"name": connection.display_name, "version": version, "milliseconds": milliseconds})
    yield migrations()
    yield from KEEPING[connection.vendor]()
    yield clock()


def unreachable(error):
    reason = " ".join(str(error).split())
    if connection.vendor == "sqlite":
        cure = _("May this user write the folder %(path)s? Is there such a one?") % {
            "path": Path(connection.settings_dict["NAME"]).parent
        }
    else:
        cure = _("Does it run? Is DATABASE_URL right: host, port, name, user, password?")
    return fault(_("The database does not answer: %(reason)s") % {"reason": reason}, cure)


def migrations():
    if is_migrated(connection):
        return fine(_("The tables are those of this release"))
    return fault(_("The tables are older than this release"), "manage.py migrate")


def keeping_sqlite():
    mode, synchronous = ask("PRAGMA journal_mode"), ask("PRAGMA synchronous")
    if (mode, synchronous) == ("wal", FULL):
        yield fine(_("It writes through to the disk (WAL, synchronous=FULL)"))
    else:
        what = _("It does not write as it should: journal_mode=%(mode)s, synchronous=%(synchronous)s")
        cure = _("WAL needs a local disk that this user may write; network file systems will not do.")
        yield fault(what % {"mode": mode, "synchronous": synchronous}, cure)


def keeping_postgresql():
    off = [name for name in ("fsync", "synchronous_commit", "full_page_writes") if ask(f"SHOW {name}") == "off"]
    if off:
        what = _("PostgreSQL may lose what was acknowledged when the power fails: %(names)s off")
        yield fault(what % {"names": ", ".join(off)}, _("Turn it on in postgresql.conf and reload."))
    else:
        yield fine(_("It writes through to the disk"))
    if (encoding := ask("SHOW server_encoding")) != "UTF8":
        what = _("The database cannot hold all letters: its encoding is %(encoding)s") % {"encoding": encoding}
        yield fault(what, _("Make it anew with ENCODING 'UTF8', and bring a backup back."))
    yield connections()


def connections():
    most, mine = int(ask("SHOW max_connections")), settings.DATABASES["default"]["OPTIONS"]["pool"]["max_size"]
    words = _("Of its %(most)s connections a server process takes up to %(mine)s")
    what = words % {"most": most, "mine": mine}
    if mine * 2 > most:
        return warning(what, _("Raise max_connections, or lower DATABASE_THREADS."))
    return fine(what)


KEEPING = {"sqlite": keeping_sqlite, "postgresql": keeping_postgresql}


def clock():
    before = time.time()
    theirs = float(ask(CLOCKS[connection.vendor]))
    apart = theirs - (before + time.time()) / 2
    if abs(apart) < CLOCK_SECONDS:
        return fine(_("Its clock agrees with this machine's"))
    what = _("Its clock is %(seconds)s s from this machine's") % {"seconds": f"{apart:+.1f}"}
    return fault(what, _("Let both machines take their time from NTP: sessions and leases end by it."))


def ask(question):
    with connection.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchone()[0]
