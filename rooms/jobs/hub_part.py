"""Deleting what has expired: one server process for all, and one batch at a time."""

import asyncio
import logging
import uuid
from collections.abc import Callable, Sequence

from accounts.models import Attempt, Session
from common.db.threads import in_database
from rooms.client.hub_part import HubPart, HubServices
from rooms.features import features

from .models import SingletonJob

log = logging.getLogger(__name__)

JOB = "housekeeping"
ROUND_SECONDS = 60
PAUSE_SECONDS = 0.2  # between two batches: others need the database too

Task = Callable[[], bool]


class Cleanup(HubPart):
    """Runs in every process; the one that holds the lease works. When it dies another one does, within a minute."""

    def __init__(self, hub: HubServices) -> None:
        super().__init__(hub)
        self._id = uuid.uuid4()

    def start(self) -> None:
        """Begin the rounds."""
        self.tasks.every(ROUND_SECONDS, self.run, "deleting what has expired")

    async def close(self) -> None:
        """Stop, and release the lease."""
        await super().close()
        await in_database(SingletonJob.release, self._id)

    async def run(self) -> None:
        """One round: each task runs until nothing is left for it to delete."""
        for task in cleanup_tasks():
            try:
                await self._finish(task)
            except Exception:
                log.exception("%s failed; the next round tries again", task.__qualname__)

    async def _finish(self, task: Task) -> None:
        is_more = True
        while is_more:
            is_more = await in_database(self._run_batch, task)
            await asyncio.sleep(PAUSE_SECONDS if is_more else 0)

    def _run_batch(self, task: Task) -> bool:
        """One batch, if this process holds the lease, which outlasts a batch; whether there is more."""
        return SingletonJob.acquire(JOB, self._id) and task()


def cleanup_tasks() -> Sequence[Task]:
    """Those of the features, then those of accounts."""
    return [*(task for feature in features() for task in feature.cleanup), Session.sweep, Attempt.sweep]
