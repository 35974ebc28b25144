"""This process's lease, and the rows of its clients: what other processes count as present."""

import asyncio
import contextlib
import logging
import os
import secrets
import socket
import time
import uuid
from collections.abc import Callable

from django.db import DatabaseError, IntegrityError

from accounts.models import User
from common.db.batcher import Batcher
from common.db.threads import in_database, in_lease_thread
from common.tasks import BackgroundTasks
from rooms.models import Room
from rooms.protocol.errors import ChatError

from . import metrics
from .models import LEASE_SECONDS, RENEWAL_SECONDS, Process, Socket
from .placement import Placed, Placement, place

log = logging.getLogger(__name__)

RETRY_SECONDS = 1


class Leases:
    """Holds the process's lease while the event loop runs; a process that dies stops counting by itself.

    A process that outlives its lease (it was frozen, or could not reach the database) counts as dead elsewhere, so it
    is fenced off: `on_lapse` sends its clients away, and it goes on as a new process.
    """

    def __init__(self, on_lapse: Callable[[], None]) -> None:
        self.process_id = uuid.uuid4()
        self.name = f"{socket.gethostname()}:{os.getpid()}"[:100]
        self._on_lapse = on_lapse
        self._until: float | None = None  # monotonic time; None: not held
        self._held = asyncio.Event()
        self._doubted = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._breaks = 0  # how often the watch was broken, and how many of these breaks the database knows of
        self._breaks_written = 0
        self._present: set[int] = set()  # ids of the sockets here that count, or are about to
        self._releases: dict[int, bool] = {}  # socket id: whether its client said goodbye; to be written
        self._orphans: set[int] = set()
        self._writes: Batcher[Placement | None, Placed | None] = Batcher(self._write)
        self._tasks = BackgroundTasks()
        self._renewal: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Take the lease and renew it."""
        self._renewal = self._tasks.start(self._renew_forever(), "renewing the lease")
        self._tasks.every(RENEWAL_SECONDS, self._clean_up, "cleaning up sockets")

    async def close(self) -> None:
        """Give up the lease; no client may be left under it."""
        await self._tasks.close()
        if self._timer:
            self._timer.cancel()
        if self._until is not None:
            self._until = None
            await in_lease_thread(Process.end, self.process_id)
        await self._writes.close()

    async def held(self) -> None:
        """Wait until the lease is held: only then may clients be placed under it."""
        await self._held.wait()

    @property
    def is_held(self) -> bool:
        """Whether the lease is held, as far as this process knows."""
        return self._until is not None

    def check_lapsed(self) -> bool:
        """Whether the lease has run out unnoticed; if so, all clients are sent away before anything else is sent."""
        if self._until is not None and time.monotonic() >= self._until:
            self._lapse()
            return True
        return False

    def break_watch(self) -> None:
        """Note that this process may have missed what owners did: the database did not answer, or the process slept."""
        self._breaks += 1

    @property
    def is_watching(self) -> bool:
        """Whether the database knows since when this process has watched the rooms (`temporary_rooms`)."""
        return self._until is not None and self._breaks == self._breaks_written

    # --- Clients

    async def arrive(self, user: User, room: Room, is_member: bool) -> tuple[int, Placed]:
        """Place a new client in a room: its socket's id, and the result. Raises `no_such_room` if that was closed."""
        socket_id = secrets.randbits(62)
        self._present.add(socket_id)
        try:
            placed = await self._place(socket_id, user, room, is_new=True, is_member=is_member)
        except BaseException:
            # The row may have been written in spite of the error.
            self._present.discard(socket_id)
            self._releases[socket_id] = True
            raise
        return socket_id, placed

    async def move(self, socket_id: int, user: User, room: Room) -> Placed:
        """Place a client in another room. Raises as `arrive`."""
        return await self._place(socket_id, user, room, is_new=False, is_member=False)

    async def _place(self, socket_id: int, user: User, room: Room, is_new: bool, is_member: bool) -> Placed:
        placement = Placement(self.process_id, socket_id, user.pk, room.pk, is_new, is_member)
        try:
            placed = await self._writes.submit(placement)
        except IntegrityError:
            # The row of this process may be gone, as after a restore; renewing the lease at once would find that.
            self._doubted.set()
            raise ChatError("unavailable", retry_after=RETRY_SECONDS) from None
        except DatabaseError:
            self.break_watch()
            raise
        assert placed is not None  # noqa: S101, a placement always has a result
        return placed

    async def release(self, socket_id: int, for_good: bool) -> None:
        """The client is gone, for good or perhaps only until it reconnects; retried while the database is away."""
        self._present.discard(socket_id)
        self._releases[socket_id] = for_good
        try:
            await self._writes.submit(None)
        except DatabaseError:
            log.exception("Could not release a socket's row yet")

    def _write(self, placements: list[Placement | None]) -> list[Placed | Exception | None]:
        results = iter(place(found) if (found := [placement for placement in placements if placement]) else ())
        self._write_releases()
        return [next(results) if placement else None for placement in placements]

    def _write_releases(self) -> None:
        releases = dict(self._releases)
        if gone := [pk for pk, for_good in releases.items() if for_good]:
            Socket.forget(gone)
        if lost := [pk for pk, for_good in releases.items() if not for_good]:
            Socket.lose(lost)
        for socket_id in releases:
            self._releases.pop(socket_id, None)

    # --- The lease

    async def _renew_forever(self) -> None:
        while True:
            seconds: float = RETRY_SECONDS
            try:
                if await self._renew():
                    seconds = RENEWAL_SECONDS
            except Exception:
                self.break_watch()
                log.exception("Could not renew the lease; when it runs out this process counts as dead")
            await self._wait_for_renewal(seconds)

    async def _wait_for_renewal(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._doubted.wait()
        self._doubted.clear()

    async def _renew(self) -> bool:
        # The term counts from before the query, so our own clock never ends later than the database's.
        process_id, until, breaks = self.process_id, time.monotonic() + LEASE_SECONDS, self._breaks
        if self._until is None:
            self.process_id = process_id = uuid.uuid4()
            await in_lease_thread(Process.begin, process_id, self.name)
        elif not await in_lease_thread(Process.renew, process_id, breaks != self._breaks_written):
            self._lapse()
        if process_id != self.process_id:
            return False  # it ran out during the query
        self._breaks_written = breaks
        self._hold(until)
        return True

    def _hold(self, until: float) -> None:
        if self._timer:
            self._timer.cancel()
        self._until = until
        self._timer = asyncio.get_running_loop().call_later(until - time.monotonic(), self._lapse)
        self._held.set()

    def _lapse(self) -> None:
        if self._until is None:
            return
        metrics.lapses.add()
        log.warning("The lease of %s has run out: its clients are sent away", self.name)
        self.process_id, self._until = uuid.uuid4(), None
        self._held.clear()
        self.break_watch()
        self._orphans.clear()
        self._on_lapse()

    # --- Cleaning up

    async def _clean_up(self) -> None:
        """Beside the renewals, so that whatever takes long or fails here, the lease is held."""
        await self._held.wait()
        await in_database(self._delete_orphans, set(self._present))

    def _delete_orphans(self, present: set[int]) -> None:
        """Delete rows without a client here: a write that timed out may have been committed all the same."""
        self._write_releases()
        orphans = Socket.of_process(self.process_id) - present - self._present
        # Found twice in a row: a client that comes or goes at this moment is none.
        if settled := orphans & self._orphans:
            Socket.forget(settled)
        self._orphans = orphans
