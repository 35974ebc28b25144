"""A backup's file: a zip of the database as its own program keeps it, and a manifest of what must be in it."""

import contextlib
import json
import os
import zipfile
import zlib
from dataclasses import asdict, dataclass

from .errors import KeepingRefusal

FORMAT = 1
DATABASE, MANIFEST = "database", "manifest.json"
PIECE_BYTES = 1024 * 1024
BROKEN = (zipfile.BadZipFile, KeyError, ValueError, TypeError, EOFError, zlib.error)


@dataclass(frozen=True)
class Manifest:
    """`tables` are `{name: {"rows", "sum"}}` of the moment that was kept; `migrations` the last one of each app."""

    version: str
    made_at: str
    vendor: str
    migrations: dict
    tables: dict
    format: int = FORMAT


@contextlib.contextmanager
def new_archive(path):
    """An `Archive` to write, which stands at `path` (a `Path`) only when it is whole; readable by its owner alone."""
    if path.exists():
        raise KeepingRefusal("file_exists", path=path)
    part = path.with_name(f"{path.name}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                yield Archive(archive)
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
    except OSError as error:
        raise KeepingRefusal("cannot_write", path=path, reason=error.strerror or error) from error
    finally:
        part.unlink(missing_ok=True)


class Archive:
    def __init__(self, archive):
        self._archive = archive

    def keep_database(self, pieces, compressed=False):
        """Write the database, which comes piece by piece; `compressed`: it is already."""
        found = zipfile.ZipInfo(DATABASE)
        found.compress_type = zipfile.ZIP_STORED if compressed else zipfile.ZIP_DEFLATED
        with self._archive.open(found, "w", force_zip64=True) as file:
            for piece in pieces:
                file.write(piece)

    def keep_manifest(self, manifest):
        self._archive.writestr(MANIFEST, json.dumps(asdict(manifest), indent=1))


@contextlib.contextmanager
def archive_at(path):
    """The `(manifest, database)` in a backup, the latter a file to read; raises `no_file` or `not_a_backup`."""
    try:
        archive = zipfile.ZipFile(path)
    except OSError as error:
        raise KeepingRefusal("no_file", path=path) from error
    except BROKEN as error:
        raise KeepingRefusal("not_a_backup", path=path) from error
    with archive:
        try:
            manifest = Manifest(**json.loads(archive.read(MANIFEST)))
            database = archive.open(DATABASE)
        except BROKEN as error:
            raise KeepingRefusal("not_a_backup", path=path) from error
        with database:
            yield manifest, Checked(database, path)


class Checked:
    """The database's bytes; a file damaged in between is refused as such."""

    def __init__(self, file, path):
        self._file = file
        self._path = path

    def pieces(self):
        try:
            while piece := self._file.read(PIECE_BYTES):
                yield piece
        except BROKEN as error:
            raise KeepingRefusal("not_a_backup", path=self._path) from error

    def copy_to(self, path):
        with path.open("wb") as copy:
            for piece in self.pieces():
                copy.write(piece)
