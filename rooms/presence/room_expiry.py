"""Looks after the rooms that people make: a countdown when their owner goes, and the closing in the end."""

import logging

from django.db import transaction

from common.db.threads import in_database

from .temporary_rooms import clear_countdowns, close_expired, restart_unwatched_countdowns, start_countdowns

log = logging.getLogger(__name__)


class Caretaker:
    """Each process has one, and all do the same: whatever there is to do, one of them succeeds."""

    def __init__(self, leases):
        self._leases = leases

    async def care(self, now):
        """Do what a look (`Snapshot`) says may have to be done; true if anything changed by it."""
        forlorn, reunited, expired = now.forlorn(), now.reunited(), now.expired()
        if not (forlorn or now.countdowns):
            return False
        may_close = self._leases.is_watching
        return await in_database(self._care, forlorn, reunited, expired if may_close else [])

    def _care(self, forlorn, reunited, expired):
        changed = start_countdowns(forlorn) if forlorn else 0
        if reunited:
            with transaction.atomic():
                changed += clear_countdowns(reunited)
        changed += restart_unwatched_countdowns()
        for room_id in expired:
            if close_expired(room_id, self._leases.process_id):
                log.info("Closed room %s, whose owner was gone", room_id)
                changed += 1
        return bool(changed)
