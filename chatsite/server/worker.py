"""One server process as the supervisor sees it, and the socket pair between the two."""

import asyncio
import contextlib
import socket
import time
from collections.abc import Callable

START_SECONDS = 60
STOP_SECONDS = 9.5  # a worker's own limit is 9
FAILED_START_SECONDS = 1  # from the end of the socket pair to the exit of a process that could not start


class Worker:
    """A server process that leads its own session, so that Ctrl-C reaches it through the supervisor only."""

    def __init__(self, process: asyncio.subprocess.Process, pipe: socket.socket) -> None:
        self._process = process
        self._pipe = pipe
        self._started_at = time.monotonic()

    @classmethod
    async def start(cls, number: int, command: list[str], listener: socket.socket) -> "Worker":
        """Start the command with `--number` and `--parent`; it inherits the listening socket."""
        pipe, child_end = socket.socketpair()
        with child_end:
            process = await asyncio.create_subprocess_exec(
                *command,
                "--number",
                str(number),
                "--parent",
                str(child_end.fileno()),
                pass_fds=[listener.fileno(), child_end.fileno()],
                start_new_session=True,
            )
        pipe.setblocking(False)
        return cls(process, pipe)

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    @property
    def code(self) -> int | None:
        """Exit code; None while the process runs."""
        return self._process.returncode

    @property
    def age(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._started_at

    async def wait_ready(self) -> bool:
        """Wait until the process listens; return false, with the process stopped, if it does not."""
        try:
            async with asyncio.timeout(START_SECONDS):
                byte = await asyncio.get_running_loop().sock_recv(self._pipe, 1)
        except TimeoutError:
            byte = b""
        if not byte:
            await self.stop(grace_seconds=FAILED_START_SECONDS)
        return bool(byte)

    async def wait(self) -> None:
        """Wait until the process has exited."""
        await self._process.wait()
        self._pipe.close()

    async def stop(self, grace_seconds: float = 0.0) -> bool:
        """Send SIGTERM after `grace_seconds` and SIGKILL `STOP_SECONDS` later; return whether it exited with 0."""
        if not await self._exits_within(grace_seconds):
            self._signal(self._process.terminate)
        if not await self._exits_within(STOP_SECONDS):
            self._signal(self._process.kill)
        await self.wait()
        return self.code == 0

    async def _exits_within(self, seconds: float) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._process.wait()
        return self.code is not None

    @staticmethod
    def _signal(send: Callable[[], None]) -> None:
        with contextlib.suppress(ProcessLookupError):
            send()
