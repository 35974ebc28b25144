"""What the machine does meanwhile."""

import asyncio
import os
import re
import statistics
import time
from pathlib import Path
from urllib.request import Request, urlopen

from tests.waiting import let_pass

LOOK_SECONDS = 0.01
SAMPLE = re.compile(r'^tertulia_(\w+)\{(?:.*?="([^"]+)",)?worker="1"\} (\S+)$', re.MULTILINE)


def figures(server):
    """What the server itself counts: `{(name, label): number}`, the label as le or state."""
    asked = Request(f"{server.url}/metrics", headers={"Authorization": "Bearer for tests"})
    text = urlopen(asked, timeout=30).read().decode()
    return {(name, label): float(number) for name, label, number in SAMPLE.findall(text)}


class Watch:
    """Looks at a process and at the machine, while it is entered.

    `grown`: the most bytes of memory that the process held beyond the beginning. `late`: by so many seconds the machine
    woke this very process too late, at the 99th percentile; what takes others that long is no fault of the site.
    """

    def __init__(self, process):
        self._file = Path(f"/proc/{process.pid}/statm")
        self._lates = []
        self.grown = 0

    @property
    def late(self):
        return statistics.quantiles(self._lates, n=100)[-1]

    async def __aenter__(self):
        self._first = self._bytes()
        self._looking = asyncio.ensure_future(self._look())
        return self

    async def __aexit__(self, *exc):
        self._looking.cancel()

    async def _look(self):
        while True:
            began_at = time.monotonic()
            await let_pass(LOOK_SECONDS)
            self._lates.append(time.monotonic() - began_at - LOOK_SECONDS)
            self.grown = max(self.grown, self._bytes() - self._first)

    def _bytes(self):
        return int(self._file.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
