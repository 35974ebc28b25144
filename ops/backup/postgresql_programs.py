"""Subprocesses of PostgreSQL's programs. Connection parameters, with the password, are passed by environment."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from django.utils.translation import gettext as _

from .errors import BackupError
from .progress import Progress

STDERR_CHARACTERS = 600
# Django's settings, and libpq's variables.
VARIABLES = {"HOST": "PGHOST", "PORT": "PGPORT", "USER": "PGUSER", "PASSWORD": "PGPASSWORD", "NAME": "PGDATABASE"}
OPTIONS = ["sslmode", "sslrootcert", "sslcert", "sslkey", "passfile", "service"]


def environment(settings: Mapping[str, Any]) -> dict[str, str]:
    """The environment of libpq for a database with these settings."""
    found = {variable: str(settings[key]) for key, variable in VARIABLES.items() if settings.get(key)}
    options = settings.get("OPTIONS", {})
    return os.environ | found | {f"PG{key.upper()}": str(options[key]) for key in OPTIONS if options.get(key)}


class Program:
    """A running program with a pipe to its standard input."""

    def __init__(
        self, name: str, arguments: Iterable[str], env: Mapping[str, str], output: IO[bytes] | int, stderr: IO[bytes]
    ) -> None:
        self.name = name
        self._stderr = stderr
        self._process = subprocess.Popen(  # noqa: S603, no shell
            [find_program(name), *arguments], env=env, stdin=subprocess.PIPE, stdout=output, stderr=stderr
        )

    @property
    def stdin(self) -> IO[bytes]:
        if self._process.stdin is None:
            raise TypeError(f"{self.name} has no input")
        return self._process.stdin

    def read(self, most_bytes: int) -> bytes:
        """A chunk of its standard output; empty at the end."""
        if self._process.stdout is None:
            raise TypeError(f"{self.name} has no output")
        return self._process.stdout.read(most_bytes)

    def write(self, data: bytes) -> None:
        # After an early exit the pipe is broken; `finish` then raises with the reason.
        with contextlib.suppress(BrokenPipeError):
            self.stdin.write(data)
            self.stdin.flush()

    def feed(self, chunks: Iterable[bytes], progress: Progress) -> None:
        """Write all chunks to the program's standard input, reporting progress, and close it."""
        done = 0
        with contextlib.suppress(BrokenPipeError):
            for chunk in chunks:
                self.stdin.write(chunk)
                done += len(chunk)
                progress.update(_("Restored: %(megabytes)s MB") % {"megabytes": done >> 20})
        self.close_input()

    def close_input(self) -> None:
        with contextlib.suppress(BrokenPipeError):
            self.stdin.close()

    def finish(self, into: "Program | None" = None) -> None:
        """Wait for its exit. Raises `program_failed` with its error output, or that of `into`, the end of its pipe."""
        if self._process.wait() == 0:
            return
        raise (into if into and into.has_exited else self).failure()

    @property
    def has_exited(self) -> bool:
        return self._process.poll() is not None

    def failure(self) -> BackupError:
        self._stderr.seek(0)
        said = " ".join(self._stderr.read().decode(errors="replace").split())[:STDERR_CHARACTERS]
        return BackupError("program_failed", program=self.name, said=said or self._process.returncode)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(BrokenPipeError):
                if pipe:
                    pipe.close()


@contextlib.contextmanager
def run_program(
    env: Mapping[str, str], name: str, *arguments: str, output: IO[bytes] | int = subprocess.DEVNULL
) -> Iterator[Program]:
    """A context in which the program runs; it is killed at the end. Raises `no_program`."""
    with tempfile.TemporaryFile() as stderr:
        program = Program(name, arguments, env, output, stderr)
        try:
            yield program
        finally:
            program.kill()


def find_program(name: str) -> str:
    """The path of the program, from PATH or of Debian's newest release. Raises `no_program`."""
    newest_first = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=str, reverse=True)
    found = shutil.which(name) or (newest_first[0] if newest_first else None)
    if not found:
        raise BackupError("no_program", program=name)
    return str(found)
