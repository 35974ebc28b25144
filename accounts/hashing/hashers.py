"""Password hashing in one low-priority subprocess, so that many sign-ins at once delay no message.

An Argon2 hash takes 100 MiB and a good part of a second of a core, by design. A thread at low priority would not do: it
would seldom run, and hold Python's global lock meanwhile.

Why a subprocess and not `ProcessPoolExecutor` with one spawned worker, measured on the same machine: both answer the
first request after 0.7 to 0.8 s and take 27 MiB. But for each server process the pool also starts a resource tracker of
6 MiB; spawning imports `__main__` again, 28 MiB more under the `daphne` command; a worker survives the SIGKILL of its
parent, because it holds the writing end of its own queue; and before Python 3.14 no public method kills a worker that
exceeds a timeout. Here the worker's standard input ends with its parent.
"""

import atexit
import json
import logging
import socket
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import IO, Any, TypeVar

from django.conf import settings
from django.db import connection

from common.errors import ExpectedError
from common.http.admission import release_slot

from .worker import SingleThreadArgon2Hasher

log = logging.getLogger(__name__)

Result = TypeVar("Result")

QUEUE_LIMIT = 40  # a longer queue would take longer than people wait for a page
RETRY_AFTER_SECONDS = 10
TIMEOUT_SECONDS = 20
ATTEMPTS = 2

_thread = ThreadPoolExecutor(1, "hashing")


def run_serially(function: Callable[..., Result], *args: Any) -> Result:
    """Return `function(*args)`, called after all earlier calls; meanwhile no request slot and no connection is held."""
    release_slot()
    if connection.vendor != "sqlite" and not connection.in_atomic_block:
        connection.close()
    return _thread.submit(function, *args).result()


def check_queue() -> None:
    """Raise `slow_down` if so many hashes are queued that the next one would time out."""
    if _thread._work_queue.qsize() >= QUEUE_LIMIT:
        raise ExpectedError("slow_down", retry_after=RETRY_AFTER_SECONDS)


class HashingProcess:
    """The subprocess `accounts.hashing.worker`, started on first use and again after its death. Not thread-safe."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket
        self._answers: IO[bytes]

    @property
    def pid(self) -> int | None:
        """Process id; None while there is no process."""
        return self._process.pid if self._process else None

    def request(self, *request: str) -> Any:
        """Return the worker's answer; raises OSError (TimeoutError too) or ValueError if there is none.

        After any error the process is killed, so that no late answer is taken for that of the next request.
        """
        if self._process is None:
            self._start()
        try:
            self._socket.sendall(json.dumps(request).encode() + b"\n")
            return json.loads(self._answers.readline())
        except BaseException:
            self.stop()
            raise

    def _start(self) -> None:
        self._socket, child_end = socket.socketpair()
        self._socket.settimeout(TIMEOUT_SECONDS)
        self._answers = self._socket.makefile("rb")
        with child_end:
            command = [sys.executable, "-m", "accounts.hashing.worker"]
            pipe = child_end.fileno()
            # A new session is scheduled separately (see `lower_priority`), and keeps Ctrl-C from the worker.
            self._process = subprocess.Popen(  # noqa: S603, no shell
                command, cwd=settings.BASE_DIR, stdin=pipe, stdout=pipe, start_new_session=True
            )

    def stop(self) -> None:
        """Kill the process, if there is one."""
        process, self._process = self._process, None
        if process:
            process.kill()
            process.wait()
            self._answers.close()
            self._socket.close()


hashing_process = HashingProcess()
atexit.register(hashing_process.stop)


def request_hash(method: str, *args: str) -> Any:
    """Return the hashing process's answer; if it does not answer in time, hash in this process."""
    for _ in range(ATTEMPTS):
        with suppress(OSError, ValueError):  # it has died
            try:
                return hashing_process.request(method, *args)
            except TimeoutError:
                break  # a new one would be as slow
    log.warning("The process that hashes passwords does not answer: hashing here")
    return getattr(SingleThreadArgon2Hasher(), method)(*args)


class OutOfProcessArgon2Hasher(SingleThreadArgon2Hasher):
    """Argon2 password hasher that hashes in the hashing process."""

    def encode(self, password: str, salt: str) -> str:
        """Return the encoded hash."""
        encoded: str = run_serially(request_hash, "encode", password, salt)
        return encoded

    def verify(self, password: str, encoded: str) -> bool:
        """Return whether the password matches."""
        matches: bool = run_serially(request_hash, "verify", password, encoded)
        return matches
