"""Passwords hashed one after another, in a process of their own: many who sign in delay nobody who talks.

A hash takes 100 MiB and a good part of a second of a core, on purpose. Sixty at once would take a machine away from
those who are in. (A thread at a lower priority would not do: it would seldom run, and keep Python's lock meanwhile.)
"""

import atexit
import json
import logging
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from django.conf import settings
from django.db import connection

from common.errors import ExpectedError
from common.http.admission import let_others_in

from .worker import Argon2InOneThread

log = logging.getLogger(__name__)

# About as long as somebody waits who has just pressed the button.
MOST_WAITING = 40
RETRY_SECONDS = 10
PATIENCE_SECONDS = 20
ATTEMPTS = 2

_thread = ThreadPoolExecutor(1, "hashing")


def apart(hash_it, *args):
    """`hash_it(*args)`, when those before it are done; whoever waits keeps neither turn nor connection from others."""
    let_others_in()
    if connection.vendor != "sqlite" and not connection.in_atomic_block:
        connection.close()
    return _thread.submit(hash_it, *args).result()


def refuse_a_crowd():
    """Raise `slow_down` where so many wait already that one more would wait in vain."""
    if _thread._work_queue.qsize() >= MOST_WAITING:
        raise ExpectedError("slow_down", retry_after=RETRY_SECONDS)


class Hasher:
    """The process `accounts.hashing.worker`, started on first use and restarted when it has died. Not thread-safe."""

    def __init__(self):
        self._process = None

    @property
    def pid(self):
        return self._process and self._process.pid

    def ask(self, *question):
        """Its answer; raises OSError or ValueError where there is none.

        After any error it has ended: what it may still say is no answer to the next question.
        """
        if self._process is None:
            self._begin()
        try:
            self._line.sendall(json.dumps(question).encode() + b"\n")
            return json.loads(self._answers.readline())
        except BaseException:
            self.end()
            raise

    def _begin(self):
        self._line, its_end = socket.socketpair()
        self._line.settimeout(PATIENCE_SECONDS)
        self._answers = self._line.makefile("rb")
        with its_end:
            command = [sys.executable, "-m", "accounts.hashing.worker"]
            # In a session of its own, which can be behind all others; and Ctrl-C does not end it before its time.
            self._process = subprocess.Popen(  # noqa: S603, no shell
                command, cwd=settings.BASE_DIR, stdin=its_end.fileno(), stdout=its_end.fileno(), start_new_session=True
            )

    def end(self):
        process, self._process = self._process, None
        if process:
            process.kill()
            process.wait()
            self._answers.close()
            self._line.close()


hasher = Hasher()
atexit.register(hasher.end)


def hash_apart(*question):
    for _ in range(ATTEMPTS):
        with suppress(OSError, ValueError):  # it has died
            try:
                return hasher.ask(*question)
            except TimeoutError:
                break  # another one would be as slow
    log.warning("The process that hashes passwords does not answer: hashing here")
    verb, *args = question
    return getattr(Argon2InOneThread(), verb)(*args)


class Argon2(Argon2InOneThread):
    def encode(self, password, salt):
        return apart(hash_apart, "encode", password, salt)

    def verify(self, password, encoded):
        return apart(hash_apart, "verify", password, encoded)
