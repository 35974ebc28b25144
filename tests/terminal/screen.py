"""clients/terminal in a pseudo-terminal, as somebody sits before it."""

import asyncio
import contextlib
import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios

from tests.people import PASSWORD
from tests.servers import ROOT
from tests.waiting import eventually

ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[()].|[=>78M]|\][^\x07]*\x07)")
WHERE_IS_THE_CURSOR, CURSOR_AT_TOP = b"\x1b[6n", "\x1b[1;1R"
ROWS, COLUMNS = 40, 120


class Screen:
    """One run of the terminal client. `raw` is all that it wrote, `text` the same without what steers the terminal."""

    def __init__(self, url, folder, *arguments, **environment):
        near, far = pty.openpty()
        fcntl.ioctl(far, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        known = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "TERM": "xterm",
            "LANG": "C.UTF-8",
            "TERTULIA_PASSWORD": PASSWORD,
            "NO_PROXY": "127.0.0.1",
        }
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "clients" / "terminal"), url, *arguments],
            stdin=far,
            stdout=far,
            stderr=far,
            cwd=folder,
            env=known | environment,
            start_new_session=True,
        )
        os.close(far)
        self._near = near
        self._bytes = b""
        asyncio.get_running_loop().add_reader(near, self._read)

    def _read(self):
        try:
            data = os.read(self._near, 65536)
        except OSError:  # its end, on Linux
            data = b""
        if data:
            self._bytes += data
            self.type(CURSOR_AT_TOP * data.count(WHERE_IS_THE_CURSOR))
        else:
            asyncio.get_running_loop().remove_reader(self._near)

    @property
    def raw(self):
        return self._bytes.decode(errors="replace")

    @property
    def text(self):
        return ESCAPES.sub("", self.raw).replace("\r", "")

    def type(self, keys):
        os.write(self._near, keys.encode())

    async def type_slowly(self, keys):
        """As fingers do: each key finds the screen drawn after the last."""
        for key in keys:
            before = len(self._bytes)
            self.type(key)
            await eventually(lambda before=before: len(self._bytes) > before, what=f"an echo of {key!r}:\n{self.raw}")

    def say(self, line):
        """Type it and press Enter."""
        self.type(line + "\r")

    async def shows(self, pattern, *, times=1, within=15):
        """Wait until the pattern has been on the screen so many times."""
        await eventually(
            lambda: len(re.findall(pattern, self.text)) >= times,
            seconds=within,
            what=f"{pattern!r} on the screen:\n{self.text[-3000:]}\n",
        )

    async def reads(self, author, text, **fields):
        """Somebody's message is on the screen, as it is in the log."""
        await self.shows(rf"\d\d:\d\d (\[.*\] )?{re.escape(author)} {re.escape(text)}", **fields)

    async def ends(self):
        """The exit code, once it has ended."""
        await asyncio.to_thread(self.process.wait, 15)
        return self.process.returncode

    def close(self):
        with contextlib.suppress(ValueError):
            asyncio.get_running_loop().remove_reader(self._near)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._near)
