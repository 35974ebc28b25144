"""One server process as its parent sees it, and the line between the two."""

import asyncio
import contextlib
import socket
import time

START_SECONDS = 60
END_SECONDS = 9.5  # a worker gives itself 9
DYING_SECONDS = 1  # between the end of its line and its own


class Worker:
    """A process of its own session, so that Ctrl-C reaches it through its parent alone."""

    def __init__(self, process, line):
        self._process = process
        self._line = line
        self._began_at = time.monotonic()

    @classmethod
    async def begin(cls, number, command, door):
        """Start it with `--number` and `--parent`; `door` is the listening socket it inherits."""
        line, its_end = socket.socketpair()
        with its_end:
            process = await asyncio.create_subprocess_exec(
                *command,
                "--number",
                str(number),
                "--parent",
                str(its_end.fileno()),
                pass_fds=[door.fileno(), its_end.fileno()],
                start_new_session=True,
            )
        line.setblocking(False)
        return cls(process, line)

    @property
    def pid(self):
        return self._process.pid

    @property
    def code(self):
        return self._process.returncode

    @property
    def age(self):
        """Seconds since it was started."""
        return time.monotonic() - self._began_at

    async def is_ready(self):
        """Wait until it listens; false, and it has ended, if it will not."""
        try:
            async with asyncio.timeout(START_SECONDS):
                word = await asyncio.get_running_loop().sock_recv(self._line, 1)
        except TimeoutError:
            word = b""
        if not word:
            await self.end(patience=DYING_SECONDS)
        return bool(word)

    async def gone(self):
        await self._process.wait()
        self._line.close()

    async def end(self, patience=0.0):
        """See that it ends, after `patience` by telling it to; whether it did so by itself and in good order."""
        if not await self._ends_within(patience):
            self._signal(self._process.terminate)
        if not await self._ends_within(END_SECONDS):
            self._signal(self._process.kill)
        await self.gone()
        return self.code == 0

    async def _ends_within(self, seconds):
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._process.wait()
        return self.code is not None

    @staticmethod
    def _signal(send):
        with contextlib.suppress(ProcessLookupError):
            send()
