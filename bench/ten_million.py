"""`python -m bench.ten_million`: plans and times of the site's queries on PostgreSQL with ten million messages."""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from .site.processes import CLIENT_CORE, SERVER_CORE
from .site.services import PostgreSQL

BYTES_PER_MESSAGE = 600  # with indexes, and the temporary files of sorting


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.ten_million", description=__doc__)
    parser.add_argument("--messages", type=int, default=10_000_000)
    parser.add_argument("--users", type=int, default=100_000)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="tertulia-bench-"))
    folder.chmod(0o711)  # PostgreSQL, as another user, needs access to its own folder inside
    try:
        refuse_small_disk(folder, options.messages)
        sys.exit(run(folder, options))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def refuse_small_disk(folder: Path, messages: int) -> None:
    free, needed = shutil.disk_usage(folder).free, messages * BYTES_PER_MESSAGE
    if free < needed:
        sys.exit(f"{folder.parent} has {free >> 30} GiB free; this needs about {needed >> 30} (TMPDIR says elsewhere).")


def run(folder: Path, options: argparse.Namespace) -> int:
    os.sched_setaffinity(0, {CLIENT_CORE})
    postgresql = PostgreSQL(folder, SERVER_CORE)
    try:
        settings = {"SECRET_KEY": "only for measuring", "ENV_FILE": "/dev/null", "REDIS_URL": "", "DOMAIN": ""}
        settings |= {"DATABASE_URL": postgresql.create("site"), "DEBUG": "0"}
        command = [sys.executable, "-m", "bench.large_site.plans", str(options.messages), str(options.users)]
        return subprocess.run(command, env=os.environ | settings, check=False).returncode
    finally:
        postgresql.stop()


if __name__ == "__main__":
    main()
