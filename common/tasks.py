"""Background tasks with an owner: referenced while they run, cancelled and awaited when the owner closes."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

log = logging.getLogger(__name__)


class BackgroundTasks:
    """The background tasks of one owner.

    Not an `asyncio.TaskGroup`: there one failing task cancels all others, and a group has to end in the task that
    began it. Here a failure is logged and ends only the task that failed.
    """

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, coroutine: Coroutine[Any, Any, object], name: str) -> asyncio.Task[None]:
        """Run a coroutine in the background; the event loop itself keeps only weak references to tasks."""
        task = asyncio.get_running_loop().create_task(_logged(coroutine, name), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def every(self, seconds: float, call: Callable[[], Awaitable[object]], name: str) -> asyncio.Task[None]:
        """Call again and again, `seconds` after the last call has ended; a failed call is logged and repeated."""
        return self.start(_repeat(seconds, call, name), name)

    async def close(self) -> None:
        """Cancel what still runs, and wait until it has ended."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _logged(coroutine: Coroutine[Any, Any, object], name: str) -> None:
    try:
        await coroutine
    except Exception:
        log.exception("%s failed", name)


async def _repeat(seconds: float, call: Callable[[], Awaitable[object]], name: str) -> None:
    while True:
        await asyncio.sleep(seconds)
        try:
            await call()
        except Exception:
            log.exception("%s failed; the next round tries again", name)
