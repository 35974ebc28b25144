"""Hashed static files as in production, collected once for all test runs on the same sources."""

import fcntl
import hashlib
import shutil
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command

ROOT = Path(__file__).resolve().parent.parent
KEPT_SECONDS = 24 * 60 * 60


def folder():
    """Return the folder of the current sources and packages."""
    known = hashlib.sha256(sys.prefix.encode() + (ROOT / "requirements.txt").read_bytes())
    for name in ("chatsite/settings.py", "common/http/static_files.py"):
        known.update((ROOT / name).read_bytes())
    for path in sorted(path for path in (ROOT / "static").rglob("*") if path.is_file()):
        known.update(str(path).encode() + path.read_bytes())
    return ROOT / ".pytest_cache" / "static" / known.hexdigest()[:16]


@pytest.fixture(scope="session", autouse=True)
def static_files():
    """Collect the static files; pages cannot link to them otherwise."""
    made, made_at = Path(settings.STATIC_ROOT), Path(f"{settings.STATIC_ROOT}.made")
    made.parent.mkdir(parents=True, exist_ok=True)
    with (made.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # concurrent runs wait for the first
        if not made_at.exists():
            _delete_expired(made.parent)
            shutil.rmtree(made, ignore_errors=True)  # left over by a killed run
            call_command("collectstatic", interactive=False, verbosity=0)
        else:  # the storage may have cached a missing manifest
            staticfiles_storage.hashed_files, staticfiles_storage.manifest_hash = staticfiles_storage.load_manifest()
            (made / staticfiles_storage.manifest_name).touch()  # must stay newer than the sources
        if made == folder():  # no source changed meanwhile
            made_at.touch()


def _delete_expired(place):
    for stamp in place.glob("*.made"):
        if time.time() - stamp.stat().st_mtime > KEPT_SECONDS:
            stamp.unlink()
            shutil.rmtree(stamp.with_suffix(""), ignore_errors=True)
