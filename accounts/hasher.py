"""`python -m accounts.hasher`: hashes passwords in a process of its own, to which all others go first.

For each line of JSON on its standard input, `[verb, password, salt or hash]`, it answers one line: the hash, or whether
it is the password's. It ends with its input.
"""

import json
import os
import sys
from contextlib import suppress

from django.contrib.auth.hashers import Argon2PasswordHasher

NICENESS = 10


class Argon2InOneThread(Argon2PasswordHasher):
    # The same work in one thread: eight of them on a few cores would take these away from everybody else.
    parallelism = 1


def main():
    os.nice(NICENESS)
    hasher = Argon2InOneThread()
    verbs = {"encode": hasher.encode, "verify": hasher.verify}
    with suppress(ConnectionError):  # whoever asked is gone
        for line in sys.stdin:
            verb, password, other = json.loads(line)
            os.write(sys.stdout.fileno(), json.dumps(verbs[verb](password, other)).encode() + b"\n")


if __name__ == "__main__":
    main()
