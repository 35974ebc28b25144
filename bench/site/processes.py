"""Processes pinned to a core, and their CPU time and memory from `/proc`."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

SERVER_CORE, CLIENT_CORE = 0, 1
TICKS = os.sysconf("SC_CLK_TCK")
START_SECONDS = 30


class Process:
    """A running program, pinned to one core, with its output in a log; `options` are those of Popen."""

    def __init__(self, command: Sequence[str | int | Path], core: int, log: Path, **options: Any) -> None:
        pinned = ["taskset", "--cpu-list", str(core), *map(str, command)]
        with log.open("ab") as file:
            self.running = subprocess.Popen(pinned, stdout=file, stderr=file, start_new_session=True, **options)
        self.log = log

    @property
    def pid(self) -> int:
        return self.running.pid

    def wait_for(self, port: int) -> None:
        """Wait until the port accepts connections. Raises RuntimeError."""
        end = time.monotonic() + START_SECONDS
        while not listens(port):
            if self.running.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"Did not start, see {self.log}")
            time.sleep(0.05)

    def stop(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.running.wait()


def listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def cpu_seconds(pid: int) -> float:
    """User and system time of all threads of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def busy_seconds(core: int) -> float:
    """The time of a core spent by all processes and the kernel so far, and stolen by the host."""
    lines = dict(line.split(maxsplit=1) for line in Path("/proc/stat").read_text().splitlines())
    user, nice, system, _idle, _waiting, *others = map(int, lines[f"cpu{core}"].split()[:8])
    return (user + nice + system + sum(others)) / TICKS


def process_tree(pid: int) -> list[int]:
    """The ids of a process and its children."""
    found = [pid]
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(status.read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(status.parent.name))
    return found


def resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
