"""Database calls made in batches: a crowd that arrives at once costs hardly more than one client alone."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from django.db import DatabaseError, InterfaceError, InternalError, OperationalError

from common.tasks import BackgroundTasks

from .threads import DatabaseTimeout, in_database

Q = TypeVar("Q")
A = TypeVar("A")

BATCH_SIZE = 200


class Batcher(Generic[Q, A]):
    """Calls at once when idle; items that arrive during a call go into the next one, so no timer is needed.

    `call(items)` runs on a database thread and returns one result per item, in order; a result that is an exception is
    raised for that item alone.
    """

    def __init__(self, call: Callable[[list[Q]], Sequence[A | Exception]]) -> None:
        self._call = call
        self._waiting: list[tuple[Q, asyncio.Future[A]]] = []
        self._tasks = BackgroundTasks()
        self._is_running = False

    async def submit(self, item: Q) -> A:
        """The result for one item; raises what `call` raises or returns for it."""
        result: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, result))
        if not self._is_running:
            self._is_running = True
            self._tasks.start(self._run(), f"batches of {self._call.__qualname__}")
        return await result

    async def close(self) -> None:
        """Cancel the batch under way."""
        await self._tasks.close()

    async def _run(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:BATCH_SIZE], self._waiting[BATCH_SIZE:]
                results = await self._results([item for item, _result in batch])
                for (_item, future), result in zip(batch, results, strict=True):
                    _resolve(future, result)
        finally:
            self._is_running = False

    async def _results(self, items: list[Q]) -> Sequence[A | Exception]:
        try:
            return await in_database(self._call, items)
        except DatabaseTimeout as error:
            self._fail_all(error)
            return [error] * len(items)
        except (OperationalError, InterfaceError, InternalError) as error:
            return [error] * len(items)
        except DatabaseError as error:
            # One bad item must not fail the others.
            return [error] if len(items) == 1 else [(await self._results([item]))[0] for item in items]
        except Exception as error:
            return [error] * len(items)

    def _fail_all(self, error: Exception) -> None:
        """Fail everything that waits: behind a silent database each batch would wait for a timeout of its own."""
        waiting, self._waiting = self._waiting, []
        for _item, future in waiting:
            _resolve(future, error)


def _resolve(future: asyncio.Future[A], result: A | Exception) -> None:
    """Complete a future, unless its waiter was cancelled."""
    if future.done():
        return
    if isinstance(result, Exception):
        future.set_exception(result)
    else:
        future.set_result(result)
