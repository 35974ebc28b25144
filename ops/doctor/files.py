"""Checks of the static files and of free disk space."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.db import connection
from django.utils.translation import gettext as _

from .finding import Finding, fault, ok, warning

FAULT_BYTES, WARNING_BYTES = 200 * 2**20, 2**30  # free on a disk
MANIFEST = "staticfiles.json"


def check_files() -> Iterator[Finding]:
    yield check_static_files()
    for folder in sorted({str(folder) for folder in written_folders()}):
        yield check_free_space(folder)


def check_static_files() -> Finding:
    if settings.DEBUG:
        return ok(_("Static files come from their sources (DEBUG)"))
    manifest = Path(settings.STATIC_ROOT) / MANIFEST
    if not manifest.is_file():
        return fault(_("The static files are not collected: no page has a look"), "manage.py collectstatic --no-input")
    collected = json.loads(manifest.read_text())["paths"]
    missing = [path for path, _file in source_files() if path not in collected]
    gone = [path for path in collected.values() if not (Path(settings.STATIC_ROOT) / path).is_file()]
    newer = [path for path, file in source_files() if file.stat().st_mtime > manifest.stat().st_mtime]
    if wrong := missing or gone or newer:
        what = _("The static files are not those of this release (%(path)s and others)") % {"path": wrong[0]}
        return fault(what, "manage.py collectstatic --no-input")
    return ok(_("%(count)s static files are collected") % {"count": len(collected)})


def source_files() -> Iterator[tuple[str, Path]]:
    """`(path below STATIC_URL, file)` of all static files that `collectstatic` finds."""
    for finder in get_finders():
        for path, storage in finder.list([]):
            yield path, Path(storage.path(path))


def written_folders() -> Iterator[Path]:
    """Folders that the site writes to."""
    yield Path(tempfile.gettempdir())
    if connection.vendor == "sqlite":
        yield Path(connection.settings_dict["NAME"]).resolve().parent


def check_free_space(folder: str) -> Finding:
    free = shutil.disk_usage(folder).free
    what = _("%(folder)s has %(free)s MB free") % {"folder": folder, "free": f"{free >> 20:,}"}
    cure = _("Make room: a full disk takes no messages.")
    if free < FAULT_BYTES:
        return fault(what, cure)
    return warning(what, cure) if free < WARNING_BYTES else ok(what)
