"""This process's lease and its clients' rows in the database: what others count as present."""

import asyncio
import contextlib
import logging
import os
import secrets
import socket
import time
import uuid

from django.db import DatabaseError, IntegrityError

from common.db.batcher import Batcher
from common.db.threads import in_database, on_lease_thread
from rooms.delivery import metrics
from rooms.protocol.errors import ChatError

from .models import LEASE_SECONDS, RENEWAL_SECONDS, Process, Socket
from .placement import Standing, stand

log = logging.getLogger(__name__)

RETRY_SECONDS = 1


class Leases:
    """Holds the process's lease while the loop runs. A process that dies stops counting by itself.

    One that lives on after its lease (it was frozen, or could not reach the database) has been counted as gone
    meanwhile: it is fenced off. `on_lapse` sends its clients away, and it goes on as a new process.
    """

    def __init__(self, on_lapse):
        self.process_id = uuid.uuid4()
        self.name = f"{socket.gethostname()}:{os.getpid()}"[:100]
        self._on_lapse = on_lapse
        self._until = None  # by the loop's clock; None: not held
        self._held = asyncio.Event()
        self._doubted = asyncio.Event()
        self._fuse = None
        self._breaks = 0  # how often the watch was broken, and how many of these the database knows of
        self._breaks_told = 0
        self._present = set()  # ids of the sockets here that count, or are about to
        self._owed = {}  # socket id: whether it has gone for good
        self._strays = set()
        self._writes = Batcher(self._write)
        self._renewing = asyncio.ensure_future(self._renew_forever())
        self._keeping = asyncio.ensure_future(self._keep_house_forever())

    async def held(self):
        """Return when the lease is held: only then may clients stand under it."""
        await self._held.wait()

    @property
    def is_held(self):
        return self._until is not None

    def is_lapsed(self):
        """Whether the lease has run out under our feet; if so, all clients are sent away before anything is said."""
        if self._until is not None and time.monotonic() >= self._until:
            self._lapse()
            return True
        return False

    def break_watch(self):
        """The database did not answer, or we slept: what the owners of rooms did meanwhile nobody here knows."""
        self._breaks += 1

    @property
    def is_watching(self):
        """Whether the database knows since when this process has watched the rooms (`temporary_rooms`)."""
        return self._until is not None and self._breaks == self._breaks_told

    # --- Clients

    async def come(self, user, room, is_member):
        """A client arrives in a room: its socket's id, and the `Stood`. Raises `no_such_room` if that was closed."""
        socket_id = secrets.randbits(62)
        self._present.add(socket_id)
        try:
            stood = await self._stand(socket_id, user, room, is_new=True, is_member=is_member)
        except BaseException:
            # Perhaps it was written in spite of that.
            self._present.discard(socket_id)
            self._owed[socket_id] = True
            raise
        return socket_id, stood

    async def move(self, socket_id, user, room):
        """A client goes to another room: the `Stood`. Raises as `come`."""
        return await self._stand(socket_id, user, room, is_new=False, is_member=False)

    async def _stand(self, socket_id, user, room, is_new, is_member):
        standing = Standing(self.process_id, socket_id, user.pk, room.pk, is_new, is_member)
        try:
            return await self._writes.ask(standing)
        except IntegrityError:
            # Perhaps the row of this process is gone, as after a restore: the next renewal, now, would find that.
            self._doubted.set()
            raise ChatError("unavailable", retry_after=RETRY_SECONDS) from None
        except DatabaseError:
            self.break_watch()
            raise

    async def give_up(self, socket_id, for_good):
        """Its client has gone, for good or perhaps only for a moment; a database that is away hears of it later."""
        self._present.discard(socket_id)
        self._owed[socket_id] = for_good
        try:
            await self._writes.ask(None)
        except DatabaseError:
            log.exception("Could not give up a socket's row yet")

    def _write(self, standings):
        outcomes = iter(stand(found) if (found := [standing for standing in standings if standing]) else ())
        self._pay()
        return [next(outcomes) if standing else None for standing in standings]

    def _pay(self):
        owed = dict(self._owed)
        if gone := [pk for pk, for_good in owed.items() if for_good]:
            Socket.forget(gone)
        if lost := [pk for pk, for_good in owed.items() if not for_good]:
            Socket.lose(lost)
        for socket_id in owed:
            self._owed.pop(socket_id, None)

    # --- The lease

    async def end(self):
        """Give up the lease, when no client stands under it any more."""
        self._renewing.cancel()
        if self._fuse:
            self._fuse.cancel()
        if self._until is not None:
            self._until = None
            await on_lease_thread(Process.end, self.process_id)

    async def _renew_forever(self):
        while True:
            seconds = RETRY_SECONDS
            try:
                if await self._renew():
                    seconds = RENEWAL_SECONDS
            except Exception:
                self.break_watch()
                log.exception("Could not renew the lease; when it runs out this process is counted as gone")
            await self._rest(seconds)

    async def _rest(self, seconds):
        """Until the next renewal, which there is never more than one of at a time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._doubted.wait()
        self._doubted.clear()

    async def _renew(self):
        # The end is counted from before the question: our own clock never says later than the database's.
        process_id, until, breaks = self.process_id, time.monotonic() + LEASE_SECONDS, self._breaks
        if self._until is None:
            self.process_id = process_id = uuid.uuid4()
            await on_lease_thread(Process.begin, process_id, self.name)
        elif not await on_lease_thread(Process.renew, process_id, breaks != self._breaks_told):
            self._lapse()
        if process_id != self.process_id:
            return False  # it ran out while we asked
        self._breaks_told = breaks
        self._hold(until)
        return True

    def _hold(self, until):
        if self._fuse:
            self._fuse.cancel()
        self._until = until
        self._fuse = asyncio.get_running_loop().call_later(until - time.monotonic(), self._lapse)
        self._held.set()

    def _lapse(self):
        if self._until is None:
            return
        metrics.lapses.add()
        log.warning("The lease of %s has run out: its clients are sent away", self.name)
        self.process_id, self._until = uuid.uuid4(), None
        self._held.clear()
        self.break_watch()
        self._strays.clear()
        self._on_lapse()

    # --- The house

    async def _keep_house_forever(self):
        """Beside the renewals: whatever takes long here, or fails, the lease is held and the rooms are watched."""
        while True:
            await asyncio.sleep(RENEWAL_SECONDS)
            try:
                await self._held.wait()
                await in_database(self._keep_house, set(self._present))
            except Exception:
                log.exception("Could not clear up; the next round makes good")

    def _keep_house(self, present):
        self._pay()
        self._find_strays(present)

    def _find_strays(self, present):
        """Delete rows of clients that are not here: their writing was given up, and happened all the same."""
        strays = Socket.of_process(self.process_id) - present - self._present
        # Twice in a row: who comes or goes at this very moment is none.
        if settled := strays & self._strays:
            Socket.forget(settled)
        self._strays = strays
