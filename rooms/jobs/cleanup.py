"""Clears away what is over: one server process for all, by a lease in the database, and a little at a time."""

import asyncio
import logging
import uuid

from accounts.models import Attempt, Session
from common.db.threads import in_database
from rooms.account_deletion.anonymise import sweep_departures
from rooms.presence.models import Process, Socket
from rooms.presence.temporary_rooms import delete_expired_rooms
from rooms.webhooks.models import Delivery

from .models import Duty

log = logging.getLogger(__name__)

DUTY = "housekeeping"
ROUND_SECONDS = 60
# Between two parts of something large: others want the database too.
BREATH_SECONDS = 0.2
CHORES = (
    sweep_departures,
    Socket.sweep,
    Process.sweep,
    Session.sweep,
    Attempt.sweep,
    Delivery.sweep,
    delete_expired_rooms,
)


class Housekeeper:
    """Every process has one. Whoever holds the duty works; when its holder dies another does, a minute later."""

    def __init__(self):
        self._id = uuid.uuid4()
        self._task = asyncio.ensure_future(self._work_forever())

    async def end(self):
        """Leave the duty to others at once."""
        self._task.cancel()
        await in_database(Duty.leave, self._id)

    async def _work_forever(self):
        while True:
            await asyncio.sleep(ROUND_SECONDS)
            await self.work()

    async def work(self):
        """One round of all chores; each is done until nothing is left of it."""
        for chore in CHORES:
            try:
                await self._finish(chore)
            except Exception:
                log.exception("%s failed; the next round makes good", chore.__qualname__)

    async def _finish(self, chore):
        is_more = True
        while is_more:
            is_more = await in_database(self._do, chore)
            await asyncio.sleep(BREATH_SECONDS if is_more else 0)

    def _do(self, chore):
        """A part of a chore, if it is ours to do; whether there is more. It ends before the lease does."""
        return Duty.take(DUTY, self._id) and chore()
