"""The backup file: a zip archive of a database dump and a manifest of its contents."""

import contextlib
import json
import os
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, TypedDict

from .errors import BackupError

FORMAT = 1
DATABASE, MANIFEST = "database", "manifest.json"
CHUNK_BYTES = 1024 * 1024
DAMAGED = (zipfile.BadZipFile, KeyError, ValueError, TypeError, EOFError, zlib.error)


class TableSummary(TypedDict):
    """The number of rows of a table, and a checksum of them as hexadecimal digits."""

    rows: int
    sum: str


@dataclass(frozen=True)
class Manifest:
    """The contents of a backup: `tables` by name, and in `migrations` the last one of each app."""

    version: str
    made_at: str
    vendor: str
    migrations: dict[str, str]
    tables: dict[str, TableSummary]
    format: int = FORMAT


class ArchiveWriter:
    """A backup that is being written."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def write_database(self, chunks: Iterable[bytes], compressed: bool = False) -> None:
        """Write the dump; `compressed`: it is already."""
        member = zipfile.ZipInfo(DATABASE)
        member.compress_type = zipfile.ZIP_STORED if compressed else zipfile.ZIP_DEFLATED
        with self._archive.open(member, "w", force_zip64=True) as file:
            for chunk in chunks:
                file.write(chunk)

    def write_manifest(self, manifest: Manifest) -> None:
        self._archive.writestr(MANIFEST, json.dumps(asdict(manifest), indent=1))


@contextlib.contextmanager
def create_archive(path: Path) -> Iterator[ArchiveWriter]:
    """A context for writing a backup, which is renamed to `path` only when complete. Readable by its owner alone.

    Raises `file_exists` and `cannot_write`.
    """
    if path.exists():
        raise BackupError("file_exists", path=path)
    part = path.with_name(f"{path.name}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                yield ArchiveWriter(archive)
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
    except OSError as error:
        raise BackupError("cannot_write", path=path, reason=error.strerror or error) from error
    finally:
        part.unlink(missing_ok=True)


class DumpReader:
    """The dump in a backup. Raises `not_a_backup` where the file is damaged."""

    def __init__(self, file: IO[bytes], path: Path) -> None:
        self._file = file
        self._path = path

    def chunks(self) -> Iterator[bytes]:
        try:
            while chunk := self._file.read(CHUNK_BYTES):
                yield chunk
        except DAMAGED as error:
            raise BackupError("not_a_backup", path=self._path) from error

    def copy_to(self, path: Path) -> None:
        with path.open("wb") as copy:
            for chunk in self.chunks():
                copy.write(chunk)


@contextlib.contextmanager
def open_archive(path: Path) -> Iterator[tuple[Manifest, DumpReader]]:
    """A context for reading a backup. Raises `no_file` and `not_a_backup`."""
    try:
        archive = zipfile.ZipFile(path)
    except OSError as error:
        raise BackupError("no_file", path=path) from error
    except DAMAGED as error:
        raise BackupError("not_a_backup", path=path) from error
    with archive:
        try:
            manifest = Manifest(**json.loads(archive.read(MANIFEST)))
            database = archive.open(DATABASE)
        except DAMAGED as error:
            raise BackupError("not_a_backup", path=path) from error
        with database:
            yield manifest, DumpReader(database, path)
