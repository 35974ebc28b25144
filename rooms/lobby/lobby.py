"""The lobby: snapshots of the public rooms and the people in them, and frames sent to clients when they change."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Iterable

from django.utils.translation import override

from common.db.threads import in_database
from common.tasks import BackgroundTasks
from rooms.delivery.change_events import SITE_GROUP
from rooms.models import Room
from rooms.presence.leases import Leases
from rooms.presence.room_expiry import RoomExpiry
from rooms.protocol import bus_events, frames
from rooms.protocol.encoding import EncodedFrame, Frame
from rooms.protocol.server_frames import PeopleFrame, RoomsFrame

from . import notices
from .audience import Audience, LobbyClient
from .snapshot import Names, Snapshot

log = logging.getLogger(__name__)

REFRESH_SECONDS = 3
MIN_REFRESH_SECONDS = 1
LATE_REFRESH_SECONDS = 10
MAX_NOTICES = 5000  # joined and left in one room and refresh, over all its subscribers


class Lobby:
    """Takes a snapshot when woken, at most once every `MIN_REFRESH_SECONDS`, and at least every `REFRESH_SECONDS`.

    So no event between processes has to arrive.
    """

    def __init__(self, audience: Audience, leases: Leases) -> None:
        self.snapshot = Snapshot()
        self.ready = asyncio.Event()  # the first snapshot comes before the first client counts as present
        self._audience = audience
        self._leases = leases
        self._room_expiry = RoomExpiry(leases)
        self._has_news = False  # other processes have not been told of a change here
        self._missing: set[int] = set()  # ids of rooms that are no longer listed, until clients are told why
        self._entered: set[int] = set()  # rooms that clients of this process have entered since the last snapshot
        self._woken = asyncio.Event()
        self._tasks = BackgroundTasks()

    def start(self) -> None:
        """Begin to take snapshots."""
        self._tasks.start(self._refresh_forever(), "refreshing the lobby")

    async def close(self) -> None:
        """Stop."""
        await self._tasks.close()

    def wake(self) -> None:
        """Something changed here or elsewhere: refresh soon."""
        self._woken.set()

    def announce(self, entered: int | None = None) -> None:
        """Something changed here (perhaps a room was entered): all processes refresh soon."""
        if entered is not None:
            self._entered.add(entered)
        self._has_news = True
        self.wake()

    async def _refresh_forever(self) -> None:
        refreshed_at = time.monotonic()
        while True:
            self._woken.clear()
            if time.monotonic() - refreshed_at > LATE_REFRESH_SECONDS:
                self._leases.break_watch()
            refreshed_at = time.monotonic()
            try:
                await self._refresh()
                self.ready.set()
            except Exception:
                self._leases.break_watch()
                log.exception("Could not refresh the lobby; the next round tries again")
            await asyncio.sleep(MIN_REFRESH_SECONDS)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._seconds_to_next_refresh()):
                    await self._woken.wait()

    def _seconds_to_next_refresh(self) -> float:
        return max(0, min([REFRESH_SECONDS, *self.snapshot.seconds_to_next_step()]) - MIN_REFRESH_SECONDS)

    async def _refresh(self) -> None:
        if self._has_news:
            # Once for everything since the last snapshot: a crowd must not push other events out of the queue.
            self._has_news = False
            self._audience.publish_elsewhere(SITE_GROUP, bus_events.lobby())
        entered, self._entered = self._entered, set()
        now = await in_database(Snapshot.take)
        if self._leases.check_lapsed():
            return  # frozen or cut off meanwhile: the snapshot is old, and all clients have been sent away
        before, self.snapshot = self.snapshot if self.ready.is_set() else now, now
        self._send_rooms(before, now)
        self._send_people(before, now, entered)
        self._send_countdowns(before, now)
        if changed := before.online ^ now.online:
            self._audience.online_changed(set(changed))
        current = {client.room_id for client in self._audience.greeted() if client.room_id is not None}
        self._missing |= (before.rooms.keys() | current) - now.rooms.keys()
        if self._missing:
            await self._send_gone()
        owners = now.returned_owners()
        if await self._room_expiry.run(now.ownerless(), owners, now.expired(), bool(now.countdowns)):
            self.announce()

    def _send_rooms(self, before: Snapshot, now: Snapshot) -> None:
        changed = now.changed_since(before)
        if not changed:
            return
        everyone = self._audience.greeted()
        _send_all((client for client in everyone if not client.unlisted & changed), lambda: _rooms(now, changed))
        for client in everyone:
            if listed := client.unlisted & changed and changed - client.unlisted:
                _send_all([client], lambda listed=listed: _rooms(now, listed))  # type: ignore[misc]

    def _send_people(self, before: Snapshot, now: Snapshot, entered: set[int]) -> None:
        for room_id in now.rooms:
            subscribers: Iterable[LobbyClient] = self._audience.subscribers(room_id)
            if not subscribers:
                continue
            # A client that has just entered got a state between the two snapshots, so it gets the new one in any case.
            if room_id in entered or _crowd(before, room_id) != _crowd(now, room_id):
                _send_all(subscribers, lambda room_id=room_id: _people(now, room_id))  # type: ignore[misc]
            self._send_arrivals(room_id, before.around.get(room_id, {}), now.around.get(room_id, {}))

    def _send_arrivals(self, room_id: int, before: Names, now: Names) -> None:
        subscribers: list[LobbyClient] = list(self._audience.subscribers(room_id))
        came = {user_id: now[user_id] for user_id in now.keys() - before.keys()}
        left = {user_id: before[user_id] for user_id in before.keys() - now.keys()}
        if (len(came) + len(left)) * len(subscribers) > MAX_NOTICES:
            return  # `people` frames are enough: a notice of each to each would be quadratic
        for user_id, name in came.items():
            others = [client for client in subscribers if client.user.pk != user_id]
            _send_all(others, lambda name=name: notices.joined(room_id, name))  # type: ignore[misc]
        for name in left.values():
            _send_all(subscribers, lambda name=name: notices.left(room_id, name))  # type: ignore[misc]

    def _send_countdowns(self, before: Snapshot, now: Snapshot) -> None:
        """To the clients in the room: the owner has gone, or has come back in time."""
        for room_id in before.countdowns.keys() | now.countdowns.keys():
            was_public, closes_at = before.closes_at(room_id) is not None, now.closes_at(room_id)
            subscribers: Iterable[LobbyClient] = self._audience.subscribers(room_id)
            if closes_at and not was_public:
                _send_all(subscribers, lambda room_id=room_id: notices.countdown(now, room_id))  # type: ignore[misc]
            elif was_public and not closes_at and room_id in now.rooms:
                _send_all(subscribers, lambda room_id=room_id: notices.room_stays(now, room_id))  # type: ignore[misc]

    async def _send_gone(self) -> None:
        # A client that is greeted during the query does not know these rooms any more.
        everyone = self._audience.greeted()
        missing = set(self._missing)
        for room in await in_database(_closed_rooms, missing):
            listing = [client for client in everyone if room.pk not in client.unlisted]
            _send_all(listing, lambda room=room: notices.gone(room))  # type: ignore[misc]
            inside = [client for client in self._audience.greeted() if client.room_id == room.pk]
            await asyncio.gather(*[client.move_to_default(room.pk) for client in inside])
        self._missing -= missing


def _closed_rooms(room_ids: set[int]) -> list[Room]:
    """Those of the rooms that are closed; a room that was opened after the snapshot is not among them."""
    return list(Room.objects.filter(pk__in=room_ids).exclude(closed_at=None).select_related("closed_by"))


def _send_all(clients: Iterable[LobbyClient], make_frame: Callable[[], Frame]) -> None:
    """Send the same to all these clients, each in its language; a frame is made and encoded once a language."""
    by_language: dict[str, EncodedFrame] = {}
    for client in clients:
        language = client.connection.language
        if language not in by_language:
            with override(language):
                by_language[language] = EncodedFrame(make_frame())
        client.connection.write(by_language[language])


def _rooms(now: Snapshot, room_ids: set[int]) -> RoomsFrame:
    return frames.rooms(now.cards(pk for pk in now.rooms if pk in room_ids))


def _crowd(snapshot: Snapshot, room_id: int) -> tuple[Names | None, set[int] | None]:
    """Everything that a `people` frame depends on."""
    return snapshot.people.get(room_id), snapshot.muted.get(room_id)


def _people(now: Snapshot, room_id: int) -> PeopleFrame:
    return frames.people(room_id, now.names(room_id), now.muted_names(room_id))
