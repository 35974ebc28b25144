"""`python -m chatsite.server.supervisor`: opens one door and keeps so many server processes behind it, until SIGTERM.

It knows nothing of the site, so it stays small; `manage.py serve --workers` becomes it.
"""

import argparse
import asyncio
import contextlib
import logging
import signal
import socket
import sys
import tempfile

from common.logs.formatters import begin_logging

from .worker import Worker

log = logging.getLogger(__name__)

# After a cut everybody comes back at once; more than Twisted's 50 would have to knock again, a second later and more.
WAITING_CONNECTIONS = 1024
# Who dies sooner than this after it began had no reason outside: then the next one waits, each time twice as long.
SOON_SECONDS = 10
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 0.5, 30
TRIES = 5


class Workers:
    """`count` processes behind one door; `begin(number)` starts a `Worker`."""

    def __init__(self, count, door, begin):
        self._door = door
        self._start = begin
        self._places = dict.fromkeys(range(1, count + 1))  # number: Worker, or None
        self._turns = {number: asyncio.Lock() for number in self._places}
        self._started = set()
        self._any_was_ready = False
        self._failures = 0  # starts that failed, one after another
        self._over = asyncio.Event()
        self._renewal = None
        self._is_right = True

    async def run(self):
        """Until told to stop, or until none can be started; whether all went well."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._over.set)
        loop.add_signal_handler(signal.SIGHUP, self.renew)
        tasks = [asyncio.ensure_future(self._keep(number)) for number in self._places]
        await self._over.wait()
        tasks += [self._renewal] if self._renewal else []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        # First of all: whoever comes from now on is refused, and knows at once to try elsewhere.
        self._door.close()
        ends = await asyncio.gather(*[worker.end() for worker in self._started])
        return self._is_right and all(ends)

    def renew(self):
        """Replace all, one after another. Asked again meanwhile, once more: the program may have changed again."""
        if self._renewal is None or self._renewal.done():
            self._renewal = asyncio.ensure_future(self._renew())
        else:
            self._renewal.add_done_callback(lambda renewal: renewal.cancelled() or self.renew())

    async def _keep(self, number):
        """Whoever dies at this place is replaced: at once, or, if it died soon, after a wait."""
        wait = FIRST_WAIT_SECONDS
        while True:
            async with self._turns[number]:
                worker = self._places[number] = self._places[number] or await self._begin(number)
            if worker is not None:
                await worker.gone()
                self._started.discard(worker)
                if self._places[number] is not worker:
                    continue  # replaced in good order
                self._places[number] = None
                log.warning("Worker %s ended with %s after %.0f s", number, worker.code, worker.age)
                if worker.age > SOON_SECONDS:
                    wait = FIRST_WAIT_SECONDS
                    continue
            await asyncio.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT_SECONDS)

    async def _begin(self, number):
        """A worker that listens, or None if it would not start."""
        worker = await self._start(number)
        self._started.add(worker)
        if await worker.is_ready():
            self._any_was_ready, self._failures = True, 0
            log.info("Worker %s is process %s", number, worker.pid)
            return worker
        self._started.discard(worker)
        self._failures += 1
        log.error("Worker %s could not start and ended with %s", number, worker.code)
        self._give_up_if_hopeless()
        return None

    def _give_up_if_hopeless(self):
        tries = TRIES if self._any_was_ready else len(self._places)
        if self._failures >= tries and not any(self._places.values()):
            log.critical("No worker can be started; what they logged above says why. Giving up")
            self._is_right = False
            self._over.set()

    async def _renew(self):
        for number in self._places:
            async with self._turns[number]:
                if not await self._renew_one(number):
                    log.error("A new worker could not start: the old ones go on")
                    return
        log.info("All workers are new")

    async def _renew_one(self, number):
        """The new one listens before the old one is told to end: at no time does nobody answer."""
        old, new = self._places[number], await self._begin(number)
        if new is None:
            return False
        self._places[number] = new
        if old:
            await old.end()
        return True


async def serve(options):
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    try:
        door = socket.create_server((options.host, options.port), family=family, backlog=WAITING_CONNECTIONS)
    except OSError as error:
        log.critical("Cannot listen on %s, port %s: %s", options.host, options.port, error.strerror)
        return 1
    log.info("Listening on %s, port %s", *door.getsockname()[:2])
    with tempfile.TemporaryDirectory(prefix="tertulia-workers-") as folder:
        words = [*options.command, "--fd", str(door.fileno()), "--peers", folder]
        workers = Workers(options.workers, door, lambda number: Worker.begin(number, words, door))
        return 0 if await workers.run() else 1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--workers", type=int, required=True)
    parser.add_argument("--log-format", default="line")
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    begin_logging(options.log_format)
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(asyncio.run(serve(options)))


if __name__ == "__main__":
    main()
