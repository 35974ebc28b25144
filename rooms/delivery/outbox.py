"""Everything this server process writes to the log goes through here: group commit."""

import asyncio
import logging
import time
from collections import OrderedDict, deque

from django.db import InterfaceError, InternalError, OperationalError

from common.db.threads import in_outbox
from rooms.log.batch import write
from rooms.log.outcomes import Saved
from rooms.protocol.errors import ChatError

from . import metrics

log = logging.getLogger(__name__)

FLUSH_DRAFTS = 256
FLUSH_DRAFTS_OF_AUTHOR = 8
# Rendering the longest texts takes up to 50 ms each, all others waiting; and what takes too long is given up, to come
# again just so.
FLUSH_CHARACTERS = 64 * 1024
QUEUED_DRAFTS = 4096
PRESSING_DRAFTS = 16
RETRY_SECONDS = 1


class Outbox:
    """Drafts waiting for the database. One transaction takes all that has come while the last one ran.

    Each author's drafts keep their order; no author fills a flush. `on_saved` gets the new messages of each commit.
    """

    def __init__(self, on_saved):
        self._on_saved = on_saved
        self._queues = OrderedDict()  # author id: deque of (draft, answer)
        self._count = 0
        self._flushing = None

    def put(self, draft, answer):
        """Queue a draft; `answer` is called once, with a `Saved` or a `ChatError`. Raises `busy` when full."""
        if self._count >= QUEUED_DRAFTS:
            raise ChatError("busy", retry_after=RETRY_SECONDS)
        self._queues.setdefault(draft.author_id, deque()).append((draft, answer))
        self._count += 1
        if self._flushing is None:
            self._flushing = asyncio.ensure_future(self._flush_all())

    async def post(self, draft):
        """Queue a draft and wait for its `Saved`; raises `ChatError`."""
        outcome = asyncio.get_running_loop().create_future()
        # Whoever waited may have given up meanwhile.
        self.put(draft, lambda result: None if outcome.done() else outcome.set_result(result))
        result = await outcome
        if isinstance(result, ChatError):
            raise result
        return result

    @property
    def depth(self):
        """How many drafts wait."""
        return self._count

    @property
    def is_pressed(self):
        """Whether more is waiting than a quiet site ever has."""
        return self._count >= PRESSING_DRAFTS

    async def settle(self):
        """Wait until everything that was put in has its answer."""
        while self._flushing is not None:
            await asyncio.wait([self._flushing])

    async def _flush_all(self):
        try:
            while self._queues:
                await self._flush(self._take())
        finally:
            self._flushing = None

    def _take(self):
        """The next flush: authors in turn, a few drafts each."""
        batch, characters = [], 0
        for author in list(self._queues):
            queue = self._queues.pop(author)
            share = min(len(queue), FLUSH_DRAFTS_OF_AUTHOR, FLUSH_DRAFTS - len(batch))
            while share and characters < FLUSH_CHARACTERS:
                batch.append(queue.popleft())
                share, characters = share - 1, characters + batch[-1][0].characters
            if queue:
                self._queues[author] = queue  # to the end of the line
            if len(batch) >= FLUSH_DRAFTS or characters >= FLUSH_CHARACTERS:
                break
        self._count -= len(batch)
        return batch

    async def _flush(self, batch):
        began = time.perf_counter()
        outcomes = await self._write([draft for draft, _answer in batch])
        metrics.note_flush(outcomes, time.perf_counter() - began)
        # Acks first: a sender knows the place of a message before it meets the message there.
        for (_draft, answer), outcome in zip(batch, outcomes, strict=True):
            tell(answer, outcome)
        fresh = [outcome for outcome in outcomes if isinstance(outcome, Saved) and not outcome.duplicate]
        if fresh:
            tell(self._on_saved, fresh)

    async def _write(self, drafts):
        try:
            return await in_outbox(write, drafts)
        except (OperationalError, InterfaceError, InternalError):  # the last: PostgreSQL may be read only for a while
            # Perhaps stored, perhaps not: no ack. The client sends the same id again and the log decides.
            log.exception("The database did not answer %d drafts", len(drafts))
            return [ChatError("unavailable", retry_after=RETRY_SECONDS) for _draft in drafts]
        except Exception:
            log.exception("A flush of %d drafts failed", len(drafts))
            return await self._write_singly(drafts)

    async def _write_singly(self, drafts):
        """After a failed flush: one bad draft harms nobody else."""
        if len(drafts) == 1:
            return [ChatError("internal")]
        return [(await self._write([draft]))[0] for draft in drafts]


def tell(listener, what):
    """One listener that fails keeps nobody else from hearing."""
    try:
        listener(what)
    except Exception:
        log.exception("What became of a draft could not be told")
