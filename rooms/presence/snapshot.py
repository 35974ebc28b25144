"""Who is where and which rooms there are, at one moment."""

from bisect import insort
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models.functions import Now
from django.utils.translation import get_language

from rooms.models import Membership, Room

from .models import Socket
from .temporary_rooms import grace


@dataclass(frozen=True, slots=True)
class Countdown:
    """A room's owner has gone. `seconds` are left; `is_told`: this is more than a reload, so people learn of it.

    `next_seconds`: until it is told, or over.
    """

    closes_at: datetime
    seconds: float
    next_seconds: float
    is_told: bool


@dataclass(frozen=True)
class Snapshot:
    """The public rooms by id, who is live in each and who is around (live or perhaps reconnecting)."""

    rooms: dict = field(default_factory=dict)  # id: Room
    people: dict = field(default_factory=dict)  # room id: {user id: name}
    around: dict = field(default_factory=dict)  # room id: {user id: name}
    muted: dict = field(default_factory=dict)  # room id: user ids
    online: set = field(default_factory=set)  # user ids
    countdowns: dict = field(default_factory=dict)  # room id: Countdown
    _sorted: dict = field(default_factory=dict)  # room id: names, as far as asked for
    _cards: dict = field(default_factory=dict)  # language: {room id: card}, as far as asked for

    @classmethod
    def take(cls):
        people, around = defaultdict(dict), defaultdict(dict)
        for room_id, user_id, name, live in Socket.places():
            around[room_id][user_id] = name
            if live:
                people[room_id][user_id] = name
        muted = defaultdict(set)
        for room_id, user_id in Membership.muted():
            muted[room_id].add(user_id)
        rooms = {room.pk: room for room in Room.public().annotate(seen_at=Now())}
        online = {user_id for there in people.values() for user_id in there}
        returning = {user_id for there in around.values() for user_id in there}
        countdowns = {room.pk: countdown(room, returning) for room in rooms.values() if room.owner_gone_at}
        return cls(rooms, dict(people), dict(around), dict(muted), online, countdowns)

    @classmethod
    def take_for(cls, user):
        """The same without the rooms from which that person is kept out."""
        now = cls.take()
        for membership in Membership.removals([user.pk]):
            now.rooms.pop(membership.room_id, None)
        return now

    @property
    def default(self):
        """The default room, which is the first and always there."""
        return next(iter(self.rooms.values()))

    def names(self, room_id, and_also=None):
        """The names of those in the room, sorted; `and_also` a user who may just have come."""
        if room_id not in self._sorted:
            self._sorted[room_id] = sorted(self.people.get(room_id, {}).values(), key=str.casefold)
        names = self._sorted[room_id]
        if and_also is None or and_also.pk in self.people.get(room_id, {}):
            return names
        names = names.copy()
        insort(names, and_also.username, key=str.casefold)
        return names

    def muted_names(self, room_id):
        """Those of them who are muted there, sorted."""
        muted = self.muted.get(room_id, set())
        there = self.people.get(room_id, {})
        return sorted((there[user_id] for user_id in muted & there.keys()), key=str.casefold)

    def changed_since(self, before):
        """Ids of the rooms whose card is another than in the snapshot `before`; cheaper than making all the cards."""
        return {room_id for room_id in self.rooms if self._face(room_id) != before._face(room_id)}

    def _face(self, room_id):
        """All that a card is made of."""
        room = self.rooms.get(room_id)
        if room is None:
            return None
        owner = room.owner and room.owner.username
        return (
            room.name,
            owner,
            room.permanent,
            room.slow_seconds,
            len(self.people.get(room_id, ())),
            self.closes_at(room_id),
        )

    def card(self, room_id):
        """The room as clients see it (in the language active now), with its people counted; None if it is gone."""
        cards = self._cards.setdefault(get_language(), {})
        if room_id not in cards:
            room = self.rooms.get(room_id)
            people = len(self.people.get(room_id, ()))
            cards[room_id] = room and room.to_dict(people, self.closes_at(room_id))
        return cards[room_id]

    def cards(self, room_ids):
        """The same of several rooms, without those that are gone."""
        return [card for room_id in room_ids if (card := self.card(room_id))]

    def closes_at(self, room_id):
        """When the room closes if its owner does not come back, as far as people are to know."""
        found = self.countdowns.get(room_id)
        return found.closes_at if found and found.is_told else None

    def forlorn(self):
        """Ids of the rooms whose owner is not live, and no countdown runs yet."""
        return [
            room.pk
            for room in self.rooms.values()
            if not (room.permanent or room.is_default or room.owner_gone_at) and room.owner_id not in self.online
        ]

    def reunited(self):
        """Ids of the owners who are live though a countdown runs."""
        return {self.rooms[room_id].owner_id for room_id in self.countdowns} & self.online

    def expired(self):
        """Ids of the rooms whose countdown is over."""
        return [room_id for room_id, found in self.countdowns.items() if found.seconds <= 0]


def countdown(room, returning):
    """`returning`: ids of the users who are live or may be reconnecting."""
    gone_for = room.seen_at - room.owner_gone_at
    # An owner who reloads the page alarms nobody; whoever takes longer does, in time for the others to know.
    patience = min(timedelta(seconds=settings.CHAT_RECONNECT_GRACE_SECONDS), grace() / 2)
    is_told = room.owner_id not in returning or gone_for >= patience
    seconds = (grace() - gone_for).total_seconds()
    next_seconds = seconds if is_told else (patience - gone_for).total_seconds()
    return Countdown(room.owner_gone_at + grace(), seconds, next_seconds, is_told)
