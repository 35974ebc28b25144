"""A build that acknowledges messages before their transaction is committed."""

import asyncio

from django.db import connection, transaction

from common.db.threads import in_database
from rooms.delivery.outbox import Outbox
from rooms.log.batch import Batch
from rooms.log.sql import Transaction
from rooms.protocol.errors import ChatError

from .patching import replace_attribute

# Widens the window between ack and commit, as a slow disk does.
COMMIT_SECONDS = 0.05


def delay_commit() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(%s)", [COMMIT_SECONDS])


async def flush(self: Outbox, batch: list) -> None:
    loop = asyncio.get_running_loop()

    def acknowledge(outcomes: list) -> None:
        for (_draft, answer), outcome in zip(batch, outcomes, strict=True):
            answer(outcome)

    def write() -> list:
        with transaction.atomic(), Transaction() as ours:
            outcomes = Batch(ours, [draft for draft, _answer in batch]).write()
            loop.call_soon_threadsafe(acknowledge, outcomes)
            delay_commit()
        return outcomes

    outcomes = await in_database(write)
    fresh = [o.message for o in outcomes if not isinstance(o, ChatError) and not o.duplicate]
    if fresh:
        self._on_saved(fresh)


replace_attribute(Outbox, "_flush", flush)
