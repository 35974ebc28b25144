"""Measurements of a server process while a test runs."""

import asyncio
import os
import re
import statistics
import time
from pathlib import Path
from subprocess import Popen
from urllib.request import Request, urlopen

from tests.servers import Server
from tests.waiting import let_pass

SAMPLE_SECONDS = 0.01
SAMPLE = re.compile(r'^tertulia_(\w+)\{(?:.*?="([^"]+)",)?worker="1"\} (\S+)$', re.MULTILINE)


def server_metrics(server: Server) -> dict[tuple[str, str], float]:
    """The metrics that the server exports: `{(name, label): value}`, the label being `le` or `state`."""
    request = Request(f"{server.url}/metrics", headers={"Authorization": "Bearer for tests"})
    text = urlopen(request, timeout=30).read().decode()
    return {(name, label): float(number) for name, label, number in SAMPLE.findall(text)}


class ProcessMonitor:
    """Samples a process's memory and the scheduling delay of the event loop, as an async context manager.

    `growth_bytes`: the maximum resident memory beyond that at the start. `loop_delay_seconds`: the 99th percentile of
    how late timers of the tests' own loop fire: a delay of that order is the machine's, not the site's.
    """

    def __init__(self, process: Popen) -> None:
        self._file = Path(f"/proc/{process.pid}/statm")
        self._delays: list[float] = []
        self.growth_bytes = 0

    @property
    def loop_delay_seconds(self) -> float:
        return statistics.quantiles(self._delays, n=100)[-1]

    async def __aenter__(self) -> "ProcessMonitor":
        self._first = self._resident_bytes()
        self._sampling = asyncio.ensure_future(self._sample())
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._sampling.cancel()

    async def _sample(self) -> None:
        while True:
            began_at = time.monotonic()
            await let_pass(SAMPLE_SECONDS)
            self._delays.append(time.monotonic() - began_at - SAMPLE_SECONDS)
            self.growth_bytes = max(self.growth_bytes, self._resident_bytes() - self._first)

    def _resident_bytes(self) -> int:
        return int(self._file.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
