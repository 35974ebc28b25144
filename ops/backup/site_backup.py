"""Keeping a whole site, and bringing it back."""

from django.db import DatabaseError, connection
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from common.version import VERSION
from rooms.presence.models import Process

from .archive import FORMAT, Manifest, archive_at, new_archive
from .contents import faults_of, migrations_of, sums_of, tables_of, unknown_migrations
from .errors import KeepingRefusal
from .post_restore import renewal
from .postgresql import PostgreSQL
from .sqlite import SQLite

KEEPERS = {keeper.title.lower(): keeper for keeper in (SQLite, PostgreSQL)}
MOST_FAULTS = 10


def back_up(path, progress):
    """Keep the site as it is at this moment in a new file; its `Manifest`."""
    keeper = KEEPERS[connection.vendor](connection)
    with new_archive(path) as archive, keeper.moment() as moment:
        made_at = timezone.now().isoformat()
        archive.keep_database(keeper.pieces(moment, progress), compressed=keeper.is_compressed)
        tables = sums_of(moment, tables_of(moment), progress)
        manifest = Manifest(VERSION, made_at, connection.vendor, migrations_of(moment), tables)
        archive.keep_manifest(manifest)
    return manifest


def check(path, progress):
    """Bring a backup back into a scratch place and compare: its `Manifest`, or a refusal."""
    with archive_at(path) as (manifest, database):
        keeper = keeper_for(manifest)
        with keeper.scratch(database, progress) as scratch:
            faults = [*keeper.faults(scratch), *faults_of(scratch, manifest, progress)]
    if faults:
        raise KeepingRefusal("differs", what="; ".join(faults[:MOST_FAULTS]))
    return manifest


def bring_back(path, progress, although_servers_run=False, although_not_empty=False, sign_out=False):
    """Put a backup in the place of the whole site; its `Manifest`."""
    with archive_at(path) as (manifest, database):
        keeper = keeper_for(manifest)
        refuse_live_servers(although_servers_run)
        refuse_site(although_not_empty)
        keeper.replace(database, renewal(connection.vendor, manifest.tables, sign_out), progress)
    return manifest


def keeper_for(manifest):
    """The keeper of this site's database, if it can take such a backup."""
    if manifest.format > FORMAT or unknown_migrations(manifest.migrations):
        raise KeepingRefusal("newer_backup", version=manifest.version)
    if manifest.vendor != connection.vendor:
        theirs, ours = KEEPERS[manifest.vendor].title, KEEPERS[connection.vendor].title
        raise KeepingRefusal("other_database", theirs=theirs, ours=ours)
    return KEEPERS[connection.vendor](connection)


def refuse_live_servers(although_servers_run):
    names = asked(lambda: list(Process.living().values_list("name", flat=True)))
    if names and not although_servers_run:
        raise KeepingRefusal("servers_live", names=", ".join(names))


def refuse_site(although_not_empty):
    if not although_not_empty and asked(lambda: User.objects.exists()):
        raise KeepingRefusal("not_empty")


def asked(question):
    """What the database answers; None if there is no site in it."""
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        raise KeepingRefusal("unreachable", reason=str(error).strip()) from error
    return question() if tables_of(connection) else None


def told(manifest):
    """What is in a backup, in words."""
    rows = {name: f"{found['rows']:,}" for name, found in manifest.tables.items()}
    held = {"users": "accounts_user", "rooms": "rooms_room", "messages": "rooms_message"}
    words = {"at": manifest.made_at, **{key: rows.get(table, "0") for key, table in held.items()}}
    return _("%(messages)s messages, %(rooms)s rooms and %(users)s users of %(at)s") % words
