"""Who is where and which rooms there are, as this process's clients are told: state read again, differences told."""

import asyncio
import contextlib
import logging
import time

from django.utils.translation import override

from common.db.threads import in_database
from rooms.delivery.pubsub import SITE_GROUP
from rooms.models import Room
from rooms.protocol import frames

from . import notices
from .room_expiry import Caretaker
from .snapshot import Snapshot

log = logging.getLogger(__name__)

LOOK_SECONDS = 3
GATHER_SECONDS = 1
LATE_LOOK_SECONDS = 10
NOTICES_A_LOOK = 5000  # of people coming or going in a room, over all its listeners


class Lobby:
    """Looks when stirred, at most once a `GATHER_SECONDS`, and anyway every `LOOK_SECONDS`: no ring need arrive."""

    def __init__(self, hub):
        self.seen = None
        self._hub = hub
        self._caretaker = Caretaker(hub.leases)
        self._is_news = False  # other processes have not been told of a change here
        self._missing = set()  # ids of rooms that are no longer listed, until it is told why
        self._entered = set()  # rooms that clients of this process have entered since the last look
        self._stirred = asyncio.Event()
        self.begun = asyncio.Event()  # the first look is to come before the first client counts as present
        self._tasks = [asyncio.ensure_future(self._look_forever())]

    @property
    def online(self):
        """Ids of the users who were live at the last look."""
        return self.seen.online if self.seen else set()

    def stir(self):
        """Something changed here or elsewhere: look soon."""
        self._stirred.set()

    def announce(self, entered=None):
        """Something changed here (a room was entered, perhaps): all processes look soon."""
        if entered is not None:
            self._entered.add(entered)
        self._is_news = True
        self.stir()

    async def current(self):
        """A snapshot of this moment."""
        return await in_database(Snapshot.take)

    async def _look_forever(self):
        looked_at = time.monotonic()
        while True:
            self._stirred.clear()
            if time.monotonic() - looked_at > LATE_LOOK_SECONDS:
                self._hub.leases.break_watch()
            looked_at = time.monotonic()
            try:
                await self._look()
                self.begun.set()
            except Exception:
                self._hub.leases.break_watch()
                log.exception("Could not look at the lobby; the next look makes good")
            await asyncio.sleep(GATHER_SECONDS)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._seconds_to_next_look()):
                    await self._stirred.wait()

    def _seconds_to_next_look(self):
        ends = [found.next_seconds for found in self.seen.countdowns.values() if found.seconds > 0] if self.seen else []
        return max(0, min([LOOK_SECONDS, *ends]) - GATHER_SECONDS)

    async def _look(self):
        if self._is_news:
            # Once for all that happened since the last look: a crowd does not drown other rings.
            self._is_news = False
            self._hub.pubsub.ring(SITE_GROUP, {"type": "lobby"})
        entered, self._entered = self._entered, set()
        now = await self.current()
        if self._hub.leases.is_lapsed():
            return  # frozen or cut off meanwhile: what was seen is old, and all clients have been sent away
        before, self.seen = self.seen or now, now
        self._tell_rooms(before, now)
        self._tell_people(before, now, entered)
        self._tell_countdowns(before, now)
        self._tell_online(before, now)
        standing = {client.room_id for client in self._hub.greeted()}
        self._missing |= (before.rooms.keys() | standing) - now.rooms.keys()
        if self._missing:
            await self._tell_gone()
        if await self._caretaker.care(now):
            self.announce()

    def _tell_rooms(self, before, now):
        changed = now.changed_since(before)
        if changed:
            everyone = self._hub.greeted()
            tell([client for client in everyone if not client.hidden & changed], lambda: rooms(now, changed))
            for client in everyone:
                if visible := client.hidden & changed and changed - client.hidden:
                    tell([client], lambda visible=visible: rooms(now, visible))

    def _tell_people(self, before, now, entered):
        for room_id in now.rooms:
            listeners = self._hub.listeners(room_id)
            if not listeners:
                continue
            # Who has just entered was told of a moment between the two looks, so is told again.
            if room_id in entered or crowd(before, room_id) != crowd(now, room_id):
                tell(listeners, lambda room_id=room_id: people(now, room_id))
            self._tell_arrivals(room_id, before.around.get(room_id, {}), now.around.get(room_id, {}), listeners)

    def _tell_arrivals(self, room_id, before, now, listeners):
        came = {user_id: now[user_id] for user_id in now.keys() - before.keys()}
        went = {user_id: before[user_id] for user_id in before.keys() - now.keys()}
        if (len(came) + len(went)) * len(listeners) > NOTICES_A_LOOK:
            return  # a crowd is told of by `people` alone: a notice of each to each would be the square of it
        for user_id, name in came.items():
            others = [client for client in listeners if client.user.pk != user_id]
            tell(others, lambda name=name: notices.joined(room_id, name))
        for name in went.values():
            tell(listeners, lambda name=name: notices.left(room_id, name))

    def _tell_countdowns(self, before, now):
        """To those inside: the owner has gone, or has come back in time."""
        for room_id in before.countdowns.keys() | now.countdowns.keys():
            was_told, closes_at = before.closes_at(room_id) is not None, now.closes_at(room_id)
            if closes_at and not was_told:
                tell(self._hub.listeners(room_id), lambda room_id=room_id: notices.countdown(now, room_id))
            elif was_told and not closes_at and room_id in now.rooms:
                tell(self._hub.listeners(room_id), lambda room_id=room_id: notices.room_stays(now, room_id))

    def _tell_online(self, before, now):
        if changed := before.online ^ now.online:
            for client in self._hub.greeted():
                client.mark(changed)

    async def _tell_gone(self):
        # Who is greeted while we ask does not know of these rooms any more.
        everyone, missing = self._hub.greeted(), set(self._missing)
        for room in await in_database(closed_rooms, missing):
            tell([one for one in everyone if room.pk not in one.hidden], lambda room=room: notices.gone(room))
            inside = [client for client in self._hub.greeted() if client.room_id == room.pk]
            await asyncio.gather(*[client.move_to_default(room.pk) for client in inside])
        self._missing -= missing


def closed_rooms(room_ids):
    """Those of the rooms that are closed; one that was only opened after the look is not among them."""
    return list(Room.objects.filter(pk__in=room_ids).exclude(closed_at=None).select_related("closed_by"))


def tell(clients, make_frame):
    """Tell all these clients the same, each in its language; a frame is made and encoded once a language."""
    encoded_frames = {}
    for client in clients:
        language = client.connection.language
        if language not in encoded_frames:
            with override(language):
                encoded_frames[language] = frames.EncodedFrame(make_frame())
        client.connection.write(encoded_frames[language])


def rooms(now, room_ids):
    return frames.rooms(now.cards(pk for pk in now.rooms if pk in room_ids))


def crowd(now, room_id):
    """All that `people` tells of a room."""
    return now.people.get(room_id), now.muted.get(room_id)


def people(now, room_id):
    return frames.people(room_id, now.names(room_id), now.muted_names(room_id))
