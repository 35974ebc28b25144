"""Who is where and which rooms there are, as this process's clients see it: state read again, differences told."""

import asyncio
import contextlib
import logging
from collections import defaultdict
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.sessions import alive
from rooms.models import Room, Socket

from . import frames
from .database import in_database

log = logging.getLogger(__name__)

SITE_GROUP = "site"
LOOK_SECONDS = 3
GATHER_SECONDS = 1
NOTICES_A_LOOK = 5000  # of people coming or going in a room, over all its listeners
SESSION_CHECK_SECONDS = 10


@dataclass(frozen=True)
class Snapshot:
    """The public rooms by id, who is live in each and who is around (live or perhaps reconnecting)."""

    rooms: dict = field(default_factory=dict)  # id: Room
    people: dict = field(default_factory=dict)  # room id: {user id: name}
    around: dict = field(default_factory=dict)  # room id: {user id: name}
    online: set = field(default_factory=set)  # user ids
    _sorted: dict = field(default_factory=dict)  # room id: names, as far as asked for

    @classmethod
    def take(cls):
        people, around = defaultdict(dict), defaultdict(dict)
        for room_id, user_id, name, live in Socket.places():
            around[room_id][user_id] = name
            if live:
                people[room_id][user_id] = name
        rooms = {room.pk: room for room in Room.public()}
        online = {user_id for there in people.values() for user_id in there}
        return cls(rooms, dict(people), dict(around), online)

    def names(self, room_id, and_also=None):
        """The names of those in the room, sorted; `and_also` a user who may just have come."""
        if room_id not in self._sorted:
            self._sorted[room_id] = sorted(self.people.get(room_id, {}).values(), key=str.casefold)
        names = self._sorted[room_id]
        if and_also is None or and_also.pk in self.people.get(room_id, {}):
            return names
        return sorted([*names, and_also.username], key=str.casefold)

    def card(self, room_id):
        """The room as clients see it (in the language active now), with its people counted; None if it is gone."""
        room = self.rooms.get(room_id)
        return room and room.shape(people=len(self.people.get(room_id, ())))


class Lobby:
    """Looks when stirred, at most once a `GATHER_SECONDS`, and anyway every `LOOK_SECONDS`: no ring need arrive."""

    def __init__(self, hub):
        self.seen = None
        self._hub = hub
        self._entered = set()  # rooms that clients of this process have entered since the last look
        self._stirred = asyncio.Event()
        self.begun = asyncio.Event()  # the first look is to come before the first client counts as present
        self._tasks = [asyncio.ensure_future(loop()) for loop in (self._look_forever, self._check_sessions_forever)]

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
        self.stir()
        self._hub.doorbell.ring(SITE_GROUP, {"type": "lobby"})

    async def current(self):
        """A snapshot of this moment."""
        return await in_database(Snapshot.take)

    async def _look_forever(self):
        while True:
            self._stirred.clear()
            try:
                await self._look()
                self.begun.set()
            except Exception:
                log.exception("Could not look at the lobby; the next look makes good")
            await asyncio.sleep(GATHER_SECONDS)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._stirred.wait()

    async def _look(self):
        entered, self._entered = self._entered, set()
        now = await self.current()
        before, self.seen = self.seen or now, now
        self._tell_rooms(before, now)
        self._tell_people(before, now, entered)
        self._tell_online(before, now)
        standing = {client.room_id for client in self._hub.everyone()}
        await self._tell_gone((before.rooms.keys() | standing) - now.rooms.keys())

    def _tell_rooms(self, before, now):
        changed = {room_id for room_id in now.rooms if before.card(room_id) != now.card(room_id)}
        if changed:
            everyone = self._hub.everyone()
            tell([client for client in everyone if not client.hidden & changed], lambda: rooms_frame(now, changed))
            for client in everyone:
                if visible := client.hidden & changed and changed - client.hidden:
                    tell([client], lambda visible=visible: rooms_frame(now, visible))

    def _tell_people(self, before, now, entered):
        for room_id in now.rooms:
            listeners = self._hub.listeners(room_id)
            if not listeners:
                continue
            # Who has just entered was told of a moment between the two looks, so is told again.
            if room_id in entered or before.people.get(room_id) != now.people.get(room_id):
                tell(listeners, lambda room_id=room_id: frames.people(room_id, now.names(room_id)))
            self._tell_arrivals(room_id, before.around.get(room_id, {}), now.around.get(room_id, {}), listeners)

    def _tell_arrivals(self, room_id, before, now, listeners):
        came = {user_id: now[user_id] for user_id in now.keys() - before.keys()}
        went = {user_id: before[user_id] for user_id in before.keys() - now.keys()}
        if (len(came) + len(went)) * len(listeners) > NOTICES_A_LOOK:
            return  # a crowd is told of by `people` alone: a notice of each to each would be the square of it
        for user_id, name in came.items():
            others = [client for client in listeners if client.user.pk != user_id]
            tell(others, lambda name=name: joined(room_id, name))
        for name in went.values():
            tell(listeners, lambda name=name: left(room_id, name))

    def _tell_online(self, before, now):
        if changed := before.online ^ now.online:
            for client in self._hub.everyone():
                client.mark(changed)

    async def _tell_gone(self, room_ids):
        for room in await in_database(closed_rooms, room_ids):
            tell(self._hub.everyone(), lambda room=room: gone(room))
            for client in self._hub.everyone():
                if client.room_id == room.pk:
                    await client.move_to_default()

    async def _check_sessions_forever(self):
        while True:
            await asyncio.sleep(SESSION_CHECK_SECONDS)
            try:
                await self.check_sessions()
            except Exception:
                log.exception("Could not check sessions; the next check makes good")

    async def check_sessions(self, user_id=None):
        """Close the sockets whose session has ended: of one user, or of all."""
        clients = self._hub.everyone() if user_id is None else list(self._hub.clients.get(user_id, ()))
        living = await in_database(alive, {client.session_key for client in clients})
        for client in clients:
            if client.session_key not in living:
                client.end(4001)


def closed_rooms(room_ids):
    """Those of the rooms that are closed; one that was only opened after the look is not among them."""
    return list(Room.objects.filter(pk__in=room_ids).exclude(closed_at=None).select_related("closed_by"))


def tell(clients, make_frame):
    """Tell all these clients the same, each in its language; a frame is made and encoded once a language."""
    letters = {}
    for client in clients:
        language = client.connection.language
        if language not in letters:
            with override(language):
                letters[language] = frames.Letter(make_frame())
        client.connection.write(letters[language])


def rooms_frame(now, room_ids):
    return {"type": "rooms", "rooms": [now.card(room_id) for room_id in now.rooms if room_id in room_ids]}


def joined(room_id, name):
    return frames.notice(room_id, "joined", _("%(name)s joined") % {"name": name}, name=name)


def left(room_id, name):
    return frames.notice(room_id, "left", _("%(name)s left") % {"name": name}, name=name)


def gone(room):
    by = room.closed_by and room.closed_by.username
    text = _("%(name)s deleted the room “%(room)s”.") if by else _("The room “%(room)s” was closed.")
    return frames.room_gone(room.pk, room.title, "deleted" if by else "closed", text % {"name": by, "room": room.title})
