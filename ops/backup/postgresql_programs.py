"""PostgreSQL's own programs. What they must know of the database, the password too, goes by their environment."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from django.utils.translation import gettext as _

from .errors import KeepingRefusal

SAID_CHARACTERS = 600
# What libpq calls them.
VARIABLES = {"HOST": "PGHOST", "PORT": "PGPORT", "USER": "PGUSER", "PASSWORD": "PGPASSWORD", "NAME": "PGDATABASE"}
OPTIONS = ["sslmode", "sslrootcert", "sslcert", "sslkey", "passfile", "service"]


def environment(settings):
    """The environment in which they find the database of these settings."""
    found = {variable: str(settings[key]) for key, variable in VARIABLES.items() if settings.get(key)}
    options = settings.get("OPTIONS", {})
    return os.environ | found | {f"PG{key.upper()}": str(options[key]) for key in OPTIONS if options.get(key)}


@contextlib.contextmanager
def run_program(environment, name, *arguments, output=subprocess.DEVNULL):
    """A `Program` that runs, to be fed and finished; ended, whatever happens. Raises `no_program`."""
    with tempfile.TemporaryFile() as said:
        running = Program(name, arguments, environment, output, said)
        try:
            yield running
        finally:
            running.end()


class Program:
    def __init__(self, name, arguments, environment, output, said):
        self.name = name
        self._said = said
        pipes = {"stdin": subprocess.PIPE, "stdout": output, "stderr": said}
        self._running = subprocess.Popen([program(name), *arguments], env=environment, **pipes)  # noqa: S603, no shell
        self.stdin, self.stdout = self._running.stdin, self._running.stdout

    def feed(self, pieces, progress):
        """Give it its input; one that has ended takes no more, and says why when it is finished."""
        done = 0
        with contextlib.suppress(BrokenPipeError):
            for piece in pieces:
                self.stdin.write(piece)
                done += len(piece)
                progress.go_on(_("Restored: %(megabytes)s MB") % {"megabytes": done >> 20})
        with contextlib.suppress(BrokenPipeError):
            self.stdin.close()

    def finish(self, into=None):
        """Wait for its end; raises `program_failed` with what it said, or what the one it writes into said."""
        if self._running.wait() == 0:
            return
        (into if into and into.has_ended else self).fail()

    @property
    def has_ended(self):
        return self._running.poll() is not None

    def fail(self):
        self._said.seek(0)
        said = " ".join(self._said.read().decode(errors="replace").split())[:SAID_CHARACTERS]
        raise KeepingRefusal("program_failed", program=self.name, said=said or self._running.returncode)

    def end(self):
        self._running.kill()
        self._running.wait()
        for pipe in (self.stdin, self.stdout):
            with contextlib.suppress(BrokenPipeError):
                if pipe:
                    pipe.close()


def program(name):
    """Where it is: what the shell finds, or the newest of Debian's."""
    newest_first = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=str, reverse=True)
    found = shutil.which(name) or (newest_first[0] if newest_first else None)
    if not found:
        raise KeepingRefusal("no_program", program=name)
    return str(found)
