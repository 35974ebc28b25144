"""`python -m accounts.hashing.worker`: hashes passwords at low priority, for one server process.

For each line of JSON on its standard input, `[method, password, salt or hash]`, it writes a line of JSON: the hash, or
whether the password matches. It exits when its input ends.
"""

import json
import os
import sys
from contextlib import suppress
from pathlib import Path

from django.contrib.auth.hashers import Argon2PasswordHasher

NICENESS = 10


class SingleThreadArgon2Hasher(Argon2PasswordHasher):
    """Django's Argon2 hasher with a parallelism of 1: eight threads would take all cores from other processes."""

    parallelism = 1


def lower_priority(niceness: int) -> None:
    """Lower the priority of this process, which must be a session leader.

    Linux's autogroup scheduling shares the processor between sessions, and `nice` counts within a session only.
    """
    os.nice(niceness)
    with suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(niceness))


def main() -> None:
    """Answer requests until the input ends."""
    lower_priority(NICENESS)
    hasher = SingleThreadArgon2Hasher()
    methods = {"encode": hasher.encode, "verify": hasher.verify}
    with suppress(ConnectionError):  # the server process has exited
        for line in sys.stdin:
            method, password, salt_or_hash = json.loads(line)
            answer = methods[method](password, salt_or_hash)
            os.write(sys.stdout.fileno(), json.dumps(answer).encode() + b"\n")


if __name__ == "__main__":
    main()
