"""`python -m bench.ten_million`: plans and times of the site's own queries on PostgreSQL, after years of talk."""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from .processes import CLIENT_CORE, SERVER_CORE
from .services import PostgreSQL

BYTES_A_MESSAGE = 600  # with its indexes, and what sorting them takes


def main():
    parser = argparse.ArgumentParser(prog="python -m bench.ten_million", description=__doc__)
    parser.add_argument("--messages", type=int, default=10_000_000)
    parser.add_argument("--users", type=int, default=100_000)
    wanted = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="tertulia-bench-"))
    folder.chmod(0o711)  # PostgreSQL, as another user, passes through to its own folder
    try:
        refuse_small_disk(folder, wanted.messages)
        sys.exit(run(folder, wanted))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def refuse_small_disk(folder, messages):
    free, needed = shutil.disk_usage(folder).free, messages * BYTES_A_MESSAGE
    if free < needed:
        sys.exit(f"{folder.parent} has {free >> 30} GiB free; this needs about {needed >> 30} (TMPDIR says elsewhere).")


def run(folder, wanted):
    os.sched_setaffinity(0, {CLIENT_CORE})
    postgresql = PostgreSQL(folder, SERVER_CORE)
    try:
        settings = {"SECRET_KEY": "only for measuring", "ENV_FILE": "/dev/null", "REDIS_URL": "", "DOMAIN": ""}
        settings |= {"DATABASE_URL": postgresql.create("site"), "DEBUG": "0"}
        command = [sys.executable, "-m", "bench.plans", str(wanted.messages), str(wanted.users)]
        return subprocess.run(command, env=os.environ | settings, check=False).returncode
    finally:
        postgresql.stop()


if __name__ == "__main__":
    main()
