"""Files: those that browsers fetch, and room for those to come."""

import json
import shutil
import tempfile
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.db import connection
from django.utils.translation import gettext as _

from .finding import fault, fine, warning

FEW_BYTES, LITTLE_BYTES = 200 * 2**20, 2**30
MANIFEST = "staticfiles.json"


def look():
    yield static_files()
    for folder in sorted({str(folder) for folder in written()}):
        yield room_in(folder)


def static_files():
    if settings.DEBUG:
        return fine(_("Static files come from their sources (DEBUG)"))
    manifest = Path(settings.STATIC_ROOT) / MANIFEST
    if not manifest.is_file():
        return fault(_("The static files are not collected: no page has a look"), "manage.py collectstatic --no-input")
    held = json.loads(manifest.read_text())["paths"]
    missing = [path for path, _file in sources() if path not in held]
    gone = [path for path in held.values() if not (Path(settings.STATIC_ROOT) / path).is_file()]
    newer = [path for path, file in sources() if file.stat().st_mtime > manifest.stat().st_mtime]
    if wrong := missing or gone or newer:
        what = _("The static files are not those of this release (%(path)s and others)") % {"path": wrong[0]}
        return fault(what, "manage.py collectstatic --no-input")
    return fine(_("%(count)s static files are collected") % {"count": len(held)})


def sources():
    for finder in get_finders():
        for path, storage in finder.list([]):
            yield path, Path(storage.path(path))


def written():
    """Folders in which this site writes."""
    yield tempfile.gettempdir()
    if connection.vendor == "sqlite":
        yield Path(connection.settings_dict["NAME"]).resolve().parent


def room_in(folder):
    free = shutil.disk_usage(folder).free
    what = _("%(folder)s has %(free)s MB free") % {"folder": folder, "free": f"{free >> 20:,}"}
    cure = _("Make room: a full disk takes no messages.")
    if free < FEW_BYTES:
        return fault(what, cure)
    return warning(what, cure) if free < LITTLE_BYTES else fine(what)
