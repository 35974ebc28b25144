"""The terminal client in a pseudo-terminal, driven by keys and by what is on the screen."""

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
CURSOR_POSITION_REQUEST, CURSOR_POSITION_REPORT = b"\x1b[6n", "\x1b[1;1R"
ROWS, COLUMNS = 40, 120
EXIT_TIMEOUT_SECONDS = 15


class TerminalScreen:
    """One process of the terminal client; `raw` is its output, `text` the output without escape sequences."""

    def __init__(self, url, folder, *arguments, **environment):
        controller, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        defaults = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "TERM": "xterm",
            "LANG": "C.UTF-8",
            "TERTULIA_PASSWORD": PASSWORD,
            "NO_PROXY": "127.0.0.1",
        }
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "clients" / "terminal"), url, *arguments],
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            cwd=folder,
            env=defaults | environment,
            start_new_session=True,
        )
        os.close(terminal)
        self._controller = controller
        self._bytes = b""
        asyncio.get_running_loop().add_reader(controller, self._read)

    def _read(self):
        try:
            data = os.read(self._controller, 65536)
        except OSError:  # end of file of a pseudo-terminal, on Linux
            data = b""
        if data:
            self._bytes += data
            self.type(CURSOR_POSITION_REPORT * data.count(CURSOR_POSITION_REQUEST))
        else:
            asyncio.get_running_loop().remove_reader(self._controller)

    @property
    def raw(self):
        return self._bytes.decode(errors="replace")

    @property
    def text(self):
        return ESCAPES.sub("", self.raw).replace("\r", "")

    def type(self, keys):
        """Send keys without waiting."""
        os.write(self._controller, keys.encode())

    async def type_slowly(self, keys):
        """Send each key after the screen has been drawn for the previous one."""
        for key in keys:
            before = len(self._bytes)
            self.type(key)
            await eventually(lambda before=before: len(self._bytes) > before, what=f"an echo of {key!r}:\n{self.raw}")

    def submit(self, line):
        """Type a line and press Enter."""
        self.type(line + "\r")

    async def expect(self, pattern, *, times=1, within=15):
        """Wait until the output matches the pattern at least `times` times; `within` is in seconds."""
        await eventually(
            lambda: len(re.findall(pattern, self.text)) >= times,
            seconds=within,
            what=f"{pattern!r} on the screen:\n{self.text[-3000:]}\n",
        )

    async def expect_message(self, author, text, **fields):
        """Wait until a message is on the screen, with its time and author."""
        await self.expect(rf"\d\d:\d\d (\[.*\] )?{re.escape(author)} {re.escape(text)}", **fields)

    async def wait_exit(self):
        """Wait until the process has ended; return its exit status."""
        await asyncio.to_thread(self.process.wait, EXIT_TIMEOUT_SECONDS)
        return self.process.returncode

    def close(self):
        """Kill the process if it still runs."""
        with contextlib.suppress(ValueError):
            asyncio.get_running_loop().remove_reader(self._controller)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._controller)
