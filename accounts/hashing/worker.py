"""`python -m accounts.hashing.worker`: hashes passwords in a process of its own, to which all others go first.

For each line of JSON on its standard input, `[verb, password, salt or hash]`, it answers one line: the hash, or whether
it is the password's. It ends with its input.
"""

import json
import os
import sys
from contextlib import suppress
from pathlib import Path

from django.contrib.auth.hashers import Argon2PasswordHasher

NICENESS = 10


class Argon2InOneThread(Argon2PasswordHasher):
    # The same work in one thread: eight of them on a few cores would take these away from everybody else.
    parallelism = 1


def let_others_go_first(niceness):
    """Be behind everybody on the machine, begun in a session of one's own.

    Where Linux shares the processor out by sessions, the niceness of a process counts within its session alone.
    """
    os.nice(niceness)
    with suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(niceness))


def main():
    let_others_go_first(NICENESS)
    hasher = Argon2InOneThread()
    verbs = {"encode": hasher.encode, "verify": hasher.verify}
    with suppress(ConnectionError):  # whoever asked is gone
        for line in sys.stdin:
            verb, password, other = json.loads(line)
            os.write(sys.stdout.fileno(), json.dumps(verbs[verb](password, other)).encode() + b"\n")


if __name__ == "__main__":
    main()
