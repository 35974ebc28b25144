"""`python -m chatsite.server.supervisor`: runs several server processes on one listening socket until SIGTERM.

It imports nothing of the site, so it stays small; `manage.py serve --workers` replaces itself by it.
"""

import argparse
import asyncio
import contextlib
import logging
import signal
import socket
import sys
import tempfile
from collections.abc import Awaitable, Callable

from common.logs.formatters import configure_logging

from .worker import Worker

log = logging.getLogger(__name__)

# After an outage all clients reconnect at once; with Twisted's default of 50, most would have to retry.
WAITING_CONNECTIONS = 1024
# Exponential backoff: a process that exits this soon is restarted after a delay that doubles each time.
SHORT_LIFE_SECONDS = 10
FIRST_DELAY_SECONDS, MAX_DELAY_SECONDS = 0.5, 30
MAX_FAILED_STARTS = 5

StartWorker = Callable[[int], Awaitable[Worker]]


class Supervisor:
    """Keeps `count` workers running on one listening socket; `start_worker(number)` starts one."""

    def __init__(self, count: int, listener: socket.socket, start_worker: StartWorker) -> None:
        self._listener = listener
        self._start_worker = start_worker
        self._workers: dict[int, Worker | None] = dict.fromkeys(range(1, count + 1))
        self._locks = {number: asyncio.Lock() for number in self._workers}
        self._started: set[Worker] = set()
        self._any_was_ready = False
        self._failed_starts = 0  # in a row
        self._stopping = asyncio.Event()
        self._reload_task: asyncio.Task[None] | None = None
        self._is_ok = True

    async def run(self) -> bool:
        """Run until SIGTERM or SIGINT, or until no worker can be started; return whether all went well."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stopping.set)
        loop.add_signal_handler(signal.SIGHUP, self.reload)
        tasks = [asyncio.ensure_future(self._keep_running(number)) for number in self._workers]
        await self._stopping.wait()
        tasks += [self._reload_task] if self._reload_task else []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        # Closed first: new clients are refused at once, and can try another host.
        self._listener.close()
        results = await asyncio.gather(*[worker.stop() for worker in self._started])
        return self._is_ok and all(results)

    def reload(self) -> None:
        """Replace all workers, one after another; during a reload, once more after it: the code may have changed."""
        if self._reload_task is None or self._reload_task.done():
            self._reload_task = asyncio.ensure_future(self._reload())
        else:
            self._reload_task.add_done_callback(lambda task: None if task.cancelled() else self.reload())

    async def _keep_running(self, number: int) -> None:
        """Restart a worker whenever it exits: at once, or after a delay if it exited soon."""
        delay = FIRST_DELAY_SECONDS
        while True:
            async with self._locks[number]:
                worker = self._workers[number] = self._workers[number] or await self._start(number)
            if worker is not None:
                await worker.wait()
                self._started.discard(worker)
                if self._workers[number] is not worker:
                    continue  # replaced by a reload
                self._workers[number] = None
                log.warning("Worker %s ended with %s after %.0f s", number, worker.code, worker.age)
                if worker.age > SHORT_LIFE_SECONDS:
                    delay = FIRST_DELAY_SECONDS
                    continue
            await asyncio.sleep(delay)
            delay = min(2 * delay, MAX_DELAY_SECONDS)

    async def _start(self, number: int) -> Worker | None:
        """Return a worker that listens, or None if it could not start."""
        worker = await self._start_worker(number)
        self._started.add(worker)
        if await worker.wait_ready():
            self._any_was_ready, self._failed_starts = True, 0
            log.info("Worker %s is process %s", number, worker.pid)
            return worker
        self._started.discard(worker)
        self._failed_starts += 1
        log.error("Worker %s could not start and ended with %s", number, worker.code)
        self._stop_if_hopeless()
        return None

    def _stop_if_hopeless(self) -> None:
        allowed = MAX_FAILED_STARTS if self._any_was_ready else len(self._workers)
        if self._failed_starts >= allowed and not any(self._workers.values()):
            log.critical("No worker can be started; what they logged above says why. Giving up")
            self._is_ok = False
            self._stopping.set()

    async def _reload(self) -> None:
        for number in self._workers:
            async with self._locks[number]:
                if not await self._replace(number):
                    log.error("A new worker could not start: the old ones go on")
                    return
        log.info("All workers are new")

    async def _replace(self, number: int) -> bool:
        """Start the new worker before the old one stops, so that connections are accepted at any time."""
        old, new = self._workers[number], await self._start(number)
        if new is None:
            return False
        self._workers[number] = new
        if old:
            await old.stop()
        return True


async def serve(options: argparse.Namespace) -> int:
    """Listen and supervise; return the exit code."""
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    try:
        listener = socket.create_server((options.host, options.port), family=family, backlog=WAITING_CONNECTIONS)
    except OSError as error:
        log.critical("Cannot listen on %s, port %s: %s", options.host, options.port, error.strerror)
        return 1
    log.info("Listening on %s, port %s", *listener.getsockname()[:2])
    with tempfile.TemporaryDirectory(prefix="tertulia-workers-") as folder:
        command = [*options.command, "--fd", str(listener.fileno()), "--peers", folder]
        supervisor = Supervisor(options.workers, listener, lambda number: Worker.start(number, command, listener))
        return 0 if await supervisor.run() else 1


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--workers", type=int, required=True)
    parser.add_argument("--log-format", default="line")
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    configure_logging(options.log_format)
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(asyncio.run(serve(options)))


if __name__ == "__main__":
    main()
