"""A pytest plugin (`-p tests.services`): the services of a test run, started before the settings are read.

`--footing=embedded` is SQLite in a file and no Redis; `--footing=grown` is a throw-away PostgreSQL and Redis on free
ports of this machine. `--server` chooses the ASGI server of the site. `--transport` is the default transport of the
tests' clients. All data is in one temporary folder, deleted at the end.
"""

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from . import static_files
from .waiting import until

MEMORY, MEMORY_BYTES = "/dev/shm", 2 * 2**30


def pytest_addoption(parser):
    parser.addoption(
        "--footing", choices=["embedded", "grown"], default="embedded", help="database and services of the site"
    )
    parser.addoption(
        "--server", choices=["serve", "daphne", "uvicorn"], default="serve", help="ASGI server of the site"
    )
    parser.addoption("--transport", choices=["websocket", "sse"], default="websocket", help="transport of clients")


def pytest_configure(config):
    config.addinivalue_line("markers", "both_transports: runs with WebSockets and with event streams")
    config.addinivalue_line("markers", "footing(name): needs it, `embedded` or `grown`, and runs on no other")
    config.addinivalue_line("markers", "once(name): does not depend on the database; `make test` runs it there only")
    config.addinivalue_line("markers", "both_footings: in a file marked `once`, a test that depends on the database")
    config.addinivalue_line("markers", "long: takes minutes, so only where FAULTS=long, as in `make soak`")
    config.addinivalue_line("markers", "timed: where FAULTS=long, checks durations too")
    config.addinivalue_line("markers", "service_worker(labels): lets the pages of all or these tabs have one")
    config.addinivalue_line("markers", "whole_browser: needs a browser with windows, as for notifications")
    config.addinivalue_line("markers", "hosts: makes network namespaces; HOSTS=off leaves it out")


def pytest_collection_modifyitems(config, items):
    """Deselect long tests, those that need the other footing, and those marked `once` for it.

    A test runs on both footings unless it or its file is marked. Marked `once` are files whose subject does not depend
    on the database: on `grown` what two server processes show better than one, on `embedded` the rest. In them
    `both_footings` marks tests whose outcome is the database's: races, constraints, values only one database takes.
    """
    options, all_of_it = config.option, os.environ.get("FAULTS") == "long"
    # Other servers and transports are tried on one footing, with all tests.
    is_ordinary = not all_of_it and (options.server, options.transport) == ("serve", "websocket")

    def belongs(item):
        needed, once = item.get_closest_marker("footing"), item.get_closest_marker("once")
        if item.get_closest_marker("long") and not all_of_it:
            return False
        if item.get_closest_marker("hosts") and os.environ.get("HOSTS") == "off":
            return False
        if needed and needed.args[0] != options.footing:
            return False
        is_elsewhere = is_ordinary and once and once.args[0] != options.footing
        return not is_elsewhere or bool(needed or item.get_closest_marker("both_footings"))

    config.hook.pytest_deselected(items=[item for item in items if not belongs(item)])
    items[:] = [item for item in items if belongs(item)]


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config):
    if "PYTEST_XDIST_WORKER" in os.environ:
        # Two workers share one Redis, and room 7 of one is not room 7 of the other.
        os.environ["REDIS_PREFIX"] = os.environ["PYTEST_XDIST_WORKER"]
    else:
        _lay_ground(early_config)
    return (yield)


def pytest_report_header(config):
    return f"footing: {config.getoption('footing')}, server: {config.getoption('server')}"


def _lay_ground(config):
    # A plain SIGTERM would leave the services behind; as an interrupt it ends them. An interrupt itself is ignored in
    # what a shell runs in the background, and would be by all servers that are started here.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.default_int_handler)
    folder = Path(tempfile.mkdtemp(prefix="tertulia-tests-", dir=_in_memory()))
    folder.chmod(0o711)  # PostgreSQL, as another user, passes through to its own folder
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # or every server would compile all modules anew
    sys.dont_write_bytecode = False
    os.environ["TEST_SERVER"] = config.known_args_namespace.server
    os.environ |= _SETTINGS | {"ENV_FILE": str(folder / "no.env"), "TEST_STATIC_ROOT": str(static_files.folder())}
    if config.known_args_namespace.footing == "grown":
        os.environ["DATABASE_URL"] = _start_postgresql(config, folder)
        os.environ["REDIS_URL"] = _start_redis(config, folder)
    else:
        os.environ["DATABASE_URL"] = f"sqlite:///{folder / 'tertulia.sqlite3'}"


def _in_memory():
    """Return a folder in memory, if there is space: SQLite syncs the disk at each of some 50,000 commits.

    Tests cut no power, and writes of killed processes are kept.
    """
    with contextlib.suppress(OSError):
        if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > MEMORY_BYTES:
            return MEMORY
    return None  # the default


# Settings of the site under test, independent of the developer's shell.
_SETTINGS = {
    "SECRET_KEY": "only for tests",
    "DEBUG": "0",
    "DATABASE": "",
    "REDIS_URL": "",
    "REDIS_PREFIX": "tests",
    "DOMAIN": "",
    "HTTPS": "0",
    "ALLOWED_HOSTS": "localhost,127.0.0.1",
    "LANGUAGE_CODE": "en",
    "METRICS_TOKEN": "for tests",
    "METRICS_ADDRESSES": "",
    "LOG_FORMAT": "line",
}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def find_program(name, package):
    """Return the newest `name` installed; end the run, naming Debian's `package`, if there is none."""
    newest_first = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=_major_version, reverse=True)
    found = newest_first[0] if newest_first else shutil.which(name)
    if not found:
        raise pytest.UsageError(f"The tests need {name}: apt-get install {package}")
    return str(found)


def _major_version(program):
    version = program.parent.parent.name
    return int(version) if version.isdigit() else 0


# --- Redis


def _start_redis(config, folder):
    port = free_port()
    command = [find_program("redis-server", "redis-server"), "--port", str(port), "--bind", "127.0.0.1"]
    command += ["--save", "", "--appendonly", "no", "--dir", str(folder)]
    with (folder / "redis.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    config.add_cleanup(lambda: _end(process))
    until(lambda: _listens(port), what="Redis answers")
    return f"redis://127.0.0.1:{port}/0"


def _end(process):
    process.kill()
    process.wait()


def _listens(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


# --- PostgreSQL


def _start_postgresql(config, folder):
    """Start a server with its own cluster, as the user `postgres` if we are root: it refuses to run as root."""
    initdb, pg_ctl = find_program("initdb", "postgresql"), find_program("pg_ctl", "postgresql")
    home, port, password = folder / "postgresql", free_port(), secrets.token_hex(16)
    home.mkdir(mode=0o700)
    (home / "password").write_text(password)
    user = {}
    if os.geteuid() == 0:
        shutil.chown(home, "postgres", "postgres")
        shutil.chown(home / "password", "postgres", "postgres")
        user = {"user": "postgres", "group": "postgres", "extra_groups": []}

    def run(*command):
        subprocess.run(command, check=True, cwd=home, stdout=subprocess.DEVNULL, **user)

    data = str(home / "data")
    run(initdb, "-D", data, "-U", "tertulia", "--pwfile", str(home / "password"), *_INITDB)
    # No fsync: tests cut no power, and writes of killed processes are kept.
    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={home} -c fsync=off"
    run(pg_ctl, "start", "-w", "-D", data, "-l", str(home / "log"), "-o", options)
    config.add_cleanup(lambda: run(pg_ctl, "stop", "-w", "-m", "immediate", "-D", data))
    return f"postgres://tertulia:{password}@127.0.0.1:{port}/postgres"


_INITDB = ["-A", "password", "-E", "UTF8", "--locale", "C.UTF-8", "--no-sync"]
