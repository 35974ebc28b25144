"""This process's lease and its clients' rows in the database: what others count as present."""

import asyncio
import logging
import os
import socket
import uuid

from rooms.models import Process, Socket
from rooms.models.presence import RENEWAL_SECONDS

from .database import in_database

log = logging.getLogger(__name__)


class Leases:
    """Holds the process's lease while the loop runs. A process that dies stops counting by itself."""

    def __init__(self):
        self.process_id = uuid.uuid4()
        self.name = f"{socket.gethostname()}:{os.getpid()}"[:100]
        self._held = asyncio.ensure_future(in_database(Process.renew, self.process_id, self.name))
        self._renewing = asyncio.ensure_future(self._renew_forever())

    async def take(self, user_id, room_id):
        """A row for a client that has come; its id."""
        await asyncio.shield(self._held)
        row = await in_database(self._create, user_id, room_id)
        return row.pk

    def _create(self, user_id, room_id):
        return Socket.objects.create(process_id=self.process_id, user_id=user_id, room_id=room_id)

    async def _renew_forever(self):
        while True:
            await asyncio.sleep(RENEWAL_SECONDS)
            try:
                await in_database(self._renew)
            except Exception:
                log.exception("Could not renew the lease; others count this process as gone when it runs out")

    def _renew(self):
        Process.renew(self.process_id, self.name)
        Socket.sweep()
        Process.sweep()
