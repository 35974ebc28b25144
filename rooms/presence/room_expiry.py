"""The rounds in which a process starts and ends countdowns of temporary rooms, and closes those that are over."""

import logging
from collections.abc import Iterable

from django.db import transaction

from common.db.threads import in_database

from .leases import Leases
from .temporary_rooms import clear_countdowns, close_expired, restart_unwatched_countdowns, start_countdowns

log = logging.getLogger(__name__)


class RoomExpiry:
    """Runs in every process; all do the same, and of several that try a step exactly one succeeds."""

    def __init__(self, leases: Leases) -> None:
        self._leases = leases

    async def run(
        self, ownerless: list[int], returned_owners: set[int], expired: list[int], has_countdowns: bool
    ) -> bool:
        """Act on what a snapshot shows; returns whether anything changed.

        `ownerless`: rooms whose owner is not live; `returned_owners`: owners who are live though a countdown runs;
        `expired`: rooms whose countdown is over.
        """
        if not (ownerless or has_countdowns):
            return False
        may_close = self._leases.is_watching
        return await in_database(self._run, ownerless, returned_owners, expired if may_close else [])

    def _run(self, ownerless: list[int], returned_owners: set[int], expired: Iterable[int]) -> bool:
        changed = start_countdowns(ownerless) if ownerless else 0
        if returned_owners:
            with transaction.atomic():
                changed += clear_countdowns(returned_owners)
        changed += restart_unwatched_countdowns()
        for room_id in expired:
            if close_expired(room_id, self._leases.process_id):
                log.info("Closed room %s, whose owner was gone", room_id)
                changed += 1
        return bool(changed)
