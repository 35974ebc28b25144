"""Passwords hashed one after another: many who sign in delay nobody who talks.

A hash takes 100 MiB and a good part of a second of a core, on purpose. Sixty at once would take a machine away from
those who are in. (Not at a lower priority: a thread that seldom runs would keep Python's lock from all others.)
"""

from concurrent.futures import ThreadPoolExecutor

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connection

from chatsite.refusals import Refusal
from chatsite.turns import let_others_in

# About as long as somebody waits who has just pressed the button.
MOST_WAITING = 40
RETRY_SECONDS = 10


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
        raise Refusal("slow_down", retry_after=RETRY_SECONDS)


class Argon2(Argon2PasswordHasher):
    # The same work in one thread: eight of them on a few cores would take these away from the event loop.
    parallelism = 1

    def encode(self, password, salt):
        return apart(super().encode, password, salt)

    def verify(self, password, encoded):
        return apart(super().verify, password, encoded)
