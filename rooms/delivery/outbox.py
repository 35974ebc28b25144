"""The queue through which this process writes to the log: group commit."""

import asyncio
import logging
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, InternalError, OperationalError

from common.db.threads import in_outbox_thread
from common.tasks import BackgroundTasks
from rooms.log.batch import write
from rooms.log.drafts import Change, Draft
from rooms.log.outcomes import Saved
from rooms.protocol.errors import ChatError

from . import metrics

log = logging.getLogger(__name__)
T = TypeVar("T")

Entry = Draft | Change
Outcome = Saved | ChatError
Callback = Callable[[Outcome], None]

FLUSH_DRAFTS = 256
FLUSH_DRAFTS_OF_AUTHOR = 8
# The longest texts take up to 50 ms each to render while all others wait; and a flush that times out is sent again.
FLUSH_CHARACTERS = 64 * 1024
QUEUED_DRAFTS = 4096
BUSY_DRAFTS = 16
RETRY_SECONDS = 1


class Outbox:
    """Drafts that wait for the database: one transaction takes all that were queued while the last one ran.

    Each author's drafts keep their order, and no author fills a flush. `on_saved` gets what each commit has changed.
    """

    def __init__(self, on_saved: Callable[[list[Saved]], None]) -> None:
        self._on_saved = on_saved
        self._queues: OrderedDict[int, deque[tuple[Entry, Callback]]] = OrderedDict()  # by author
        self._count = 0
        self._flushing: asyncio.Task[None] | None = None
        self._tasks = BackgroundTasks()

    def put(self, draft: Entry, callback: Callback) -> None:
        """Queue a draft; `callback` is called once, with a `Saved` or a `ChatError`. Raises `busy` when full."""
        if self._count >= QUEUED_DRAFTS:
            raise ChatError("busy", retry_after=RETRY_SECONDS)
        self._queues.setdefault(draft.author_id, deque()).append((draft, callback))
        self._count += 1
        if self._flushing is None:
            self._flushing = self._tasks.start(self._flush_all(), "flushing the outbox")

    async def post(self, draft: Entry) -> Saved:
        """Queue a draft and wait for its `Saved`; raises `ChatError`."""
        outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        # The waiting coroutine may have been cancelled meanwhile.
        self.put(draft, lambda result: None if outcome.done() else outcome.set_result(result))
        result = await outcome
        if isinstance(result, ChatError):
            raise result
        return result

    @property
    def depth(self) -> int:
        """The number of queued drafts."""
        return self._count

    @property
    def is_busy(self) -> bool:
        """Whether more drafts wait than a quiet site ever has."""
        return self._count >= BUSY_DRAFTS

    async def drain(self) -> None:
        """Wait until every queued draft has its outcome."""
        while self._flushing is not None:
            await asyncio.wait([self._flushing])

    async def close(self) -> None:
        """Stop flushing; drafts without an outcome are sent again by their clients."""
        await self._tasks.close()

    async def _flush_all(self) -> None:
        try:
            while self._queues:
                await self._flush(self._next_batch())
        finally:
            self._flushing = None

    def _next_batch(self) -> list[tuple[Entry, Callback]]:
        """The next flush: a few drafts of each author, round robin."""
        batch: list[tuple[Entry, Callback]] = []
        characters = 0
        for author_id in list(self._queues):
            queue = self._queues.pop(author_id)
            share = min(len(queue), FLUSH_DRAFTS_OF_AUTHOR, FLUSH_DRAFTS - len(batch))
            while share and characters < FLUSH_CHARACTERS:
                batch.append(queue.popleft())
                share, characters = share - 1, characters + batch[-1][0].characters
            if queue:
                self._queues[author_id] = queue  # at the end: other authors come first in the next flush
            if len(batch) >= FLUSH_DRAFTS or characters >= FLUSH_CHARACTERS:
                break
        self._count -= len(batch)
        return batch

    async def _flush(self, batch: list[tuple[Entry, Callback]]) -> None:
        started_at = time.perf_counter()
        outcomes = await self._write([draft for draft, _callback in batch])
        metrics.observe_flush(outcomes, time.perf_counter() - started_at)
        # Acks first: a sender knows the seq of a message before the message itself arrives.
        for (_draft, callback), outcome in zip(batch, outcomes, strict=True):
            _notify(callback, outcome)
        saved = [outcome for outcome in outcomes if isinstance(outcome, Saved) and not outcome.duplicate]
        if saved:
            _notify(self._on_saved, saved)

    async def _write(self, drafts: list[Entry]) -> list[Outcome]:
        try:
            return await in_outbox_thread(write, drafts)
        except (OperationalError, InterfaceError, InternalError):  # the last: PostgreSQL may be read-only for a while
            # Perhaps stored, perhaps not, hence no ack: the client sends the same id again and the log decides.
            log.exception("The database did not answer %d drafts", len(drafts))
            return [ChatError("unavailable", retry_after=RETRY_SECONDS) for _draft in drafts]
        except Exception:
            log.exception("A flush of %d drafts failed", len(drafts))
            return await self._write_singly(drafts)

    async def _write_singly(self, drafts: list[Entry]) -> list[Outcome]:
        """Isolate the draft that made a flush fail."""
        if len(drafts) == 1:
            return [ChatError("internal")]
        return [(await self._write([draft]))[0] for draft in drafts]


def _notify(callback: Callable[[T], None], what: T) -> None:
    """Call back; an exception there must not keep the other callbacks from being called."""
    try:
        callback(what)
    except Exception:
        log.exception("The outcome of a draft could not be passed on")
