"""Processes on a core of their own, and what the kernel says they used."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

SERVER_CORE, CLIENT_CORE = 0, 1
TICKS = os.sysconf("SC_CLK_TCK")
START_SECONDS = 30


class Process:
    """A program started on one core, its output in a log; ended with `stop`."""

    def __init__(self, command, core, log, **options):
        command = ["taskset", "--cpu-list", str(core), *map(str, command)]
        with Path(log).open("ab") as file:
            self.running = subprocess.Popen(command, stdout=file, stderr=file, start_new_session=True, **options)
        self.log = log

    @property
    def pid(self):
        return self.running.pid

    def wait_for(self, port):
        end = time.monotonic() + START_SECONDS
        while not listens(port):
            if self.running.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"Did not start, see {self.log}")
            time.sleep(0.05)

    def stop(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.running.wait()


def listens(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def cpu_seconds(pid):
    """User and system time of all threads of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def busy_seconds(core):
    """What all processes and the kernel have used of a core so far, and what its host took away."""
    lines = dict(line.split(maxsplit=1) for line in Path("/proc/stat").read_text().splitlines())
    user, nice, system, _idle, _waiting, *others = map(int, lines[f"cpu{core}"].split()[:8])
    return (user + nice + system + sum(others)) / TICKS


def family(pid):
    """A process and its children."""
    found = [pid]
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(status.read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(status.parent.name))
    return found


def resident_bytes(pid):
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
