"""This process's lease and its clients' rows in the database: what others count as present."""

import asyncio
import logging
import os
import socket
import uuid

from django.db import DatabaseError

from rooms.models import Process, Socket
from rooms.models.presence import RENEWAL_SECONDS

from .database import in_database

log = logging.getLogger(__name__)


class Leases:
    """Holds the process's lease while the loop runs. A process that dies stops counting by itself."""

    def __init__(self):
        self.process_id = uuid.uuid4()
        self.name = f"{socket.gethostname()}:{os.getpid()}"[:100]
        self._first = asyncio.Event()
        self._owed = {}  # socket id: whether for good
        self._renewing = asyncio.ensure_future(self._renew_forever())

    async def held(self):
        """Return when the lease is held for the first time: only then may clients stand under it."""
        await self._first.wait()

    async def give_up(self, socket_id, for_good):
        """Its client has gone, for good or perhaps only for a moment; a database that is away hears of it later."""
        self._owed[socket_id] = for_good
        try:
            await in_database(self._pay)
        except DatabaseError:
            log.exception("Could not give up a socket's row yet")

    def _pay(self):
        for socket_id, for_good in list(self._owed.items()):
            Socket.forget(socket_id) if for_good else Socket.lose(socket_id)
            self._owed.pop(socket_id, None)

    async def _renew_forever(self):
        while True:
            try:
                await in_database(self._renew)
                self._first.set()
            except Exception:
                log.exception("Could not renew the lease; others count this process as gone when it runs out")
            await asyncio.sleep(RENEWAL_SECONDS if self._first.is_set() else 1)

    def _renew(self):
        Process.renew(self.process_id, self.name)
        self._pay()
        Socket.sweep()
        Process.sweep()
