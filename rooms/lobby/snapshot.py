"""The public rooms, and who is in them, at one moment."""

from bisect import insort
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db.models.functions import Now
from django.utils.translation import override

from accounts.models import User
from rooms.models import Membership, Room
from rooms.presence.models import Socket
from rooms.presence.temporary_rooms import grace_period

Card = dict[str, Any]
Names = dict[int, str]  # by user id


@dataclass(frozen=True, slots=True)
class Countdown:
    """A temporary room whose owner is gone: `seconds` are left.

    `is_public`: this is more than a reload, so people are told of it. `next_seconds`: until it becomes public or ends.
    """

    closes_at: datetime
    seconds: float
    next_seconds: float
    is_public: bool


@dataclass(frozen=True)
class Snapshot:
    """The public rooms by id, who is live in each, and who is around (live, or perhaps reconnecting)."""

    rooms: Mapping[int, Room] = field(default_factory=dict)
    people: Mapping[int, Names] = field(default_factory=dict)  # by room id
    around: Mapping[int, Names] = field(default_factory=dict)
    muted: Mapping[int, set[int]] = field(default_factory=dict)  # user ids by room id
    online: frozenset[int] = frozenset()  # user ids
    countdowns: Mapping[int, Countdown] = field(default_factory=dict)  # by room id
    _sorted_names: dict[int, list[str]] = field(default_factory=dict)  # by room id, filled when asked for

    @classmethod
    def take(cls) -> "Snapshot":
        """Read the state of this moment from the database."""
        people: dict[int, Names] = defaultdict(dict)
        around: dict[int, Names] = defaultdict(dict)
        for room_id, user_id, name, live in Socket.places():
            around[room_id][user_id] = name
            if live:
                people[room_id][user_id] = name
        muted: dict[int, set[int]] = defaultdict(set)
        for room_id, user_id in Membership.muted():
            muted[room_id].add(user_id)
        rooms = {room.pk: room for room in Room.public().annotate(seen_at=Now())}
        online = frozenset(user_id for names in people.values() for user_id in names)
        returning = {user_id for names in around.values() for user_id in names}
        countdowns = {room.pk: _countdown(room, returning) for room in rooms.values() if room.owner_gone_at}
        return cls(rooms, dict(people), dict(around), dict(muted), online, countdowns)

    @classmethod
    def take_for(cls, user: User) -> "Snapshot":
        """The same without the rooms from which that user was removed."""
        snapshot = cls.take()
        removed = {membership.room_id for membership in Membership.removals([user.pk])}
        rooms = {room_id: room for room_id, room in snapshot.rooms.items() if room_id not in removed}
        return cls(rooms, snapshot.people, snapshot.around, snapshot.muted, snapshot.online, snapshot.countdowns)

    @property
    def default(self) -> Room:
        """The default room, which always exists and comes first."""
        return next(iter(self.rooms.values()))

    # --- People

    def names(self, room_id: int, including: User | None = None) -> list[str]:
        """The names of those in the room, sorted; `including` a user who may just have arrived."""
        if room_id not in self._sorted_names:
            self._sorted_names[room_id] = sorted(self.people.get(room_id, {}).values(), key=str.casefold)
        names = self._sorted_names[room_id]
        if including is None or including.pk in self.people.get(room_id, {}):
            return names
        names = names.copy()
        insort(names, including.username, key=str.casefold)
        return names

    def muted_names(self, room_id: int) -> list[str]:
        """The names of those in the room who are muted there, sorted."""
        there = self.people.get(room_id, {})
        muted = self.muted.get(room_id, set()) & there.keys()
        return sorted((there[user_id] for user_id in muted), key=str.casefold)

    # --- Rooms

    @cached_property
    def _cards(self) -> dict[int, Card]:
        with override(settings.LANGUAGE_CODE):  # only the default room's name differs between languages
            return {
                room_id: room.to_dict(len(self.people.get(room_id, ())), self.closes_at(room_id))
                for room_id, room in self.rooms.items()
            }

    def changed_since(self, before: "Snapshot") -> set[int]:
        """Ids of the rooms whose card differs from the one in the snapshot `before`."""
        return {room_id for room_id, card in self._cards.items() if card != before._cards.get(room_id)}

    def card(self, room_id: int) -> Card | None:
        """The room as clients get it, in the active language; None if it is gone."""
        card = self._cards.get(room_id)
        if card and card["default"]:
            return {**card, "name": self.rooms[room_id].title}
        return card

    def cards(self, room_ids: Iterable[int]) -> list[Card]:
        """The cards of several rooms, without those that are gone."""
        return [card for room_id in room_ids if (card := self.card(room_id))]

    # --- Temporary rooms

    def closes_at(self, room_id: int) -> datetime | None:
        """When the room closes if its owner does not come back, as far as this is public."""
        countdown = self.countdowns.get(room_id)
        return countdown.closes_at if countdown and countdown.is_public else None

    def ownerless(self) -> list[int]:
        """Ids of the temporary rooms whose owner is not live and whose countdown has not begun."""
        return [
            room.pk
            for room in self.rooms.values()
            if not (room.permanent or room.is_default or room.owner_gone_at) and room.owner_id not in self.online
        ]

    def returned_owners(self) -> set[int]:
        """Ids of the owners who are live though a countdown runs."""
        owners = {self.rooms[room_id].owner_id for room_id in self.countdowns}
        return {owner_id for owner_id in owners if owner_id in self.online}

    def expired(self) -> list[int]:
        """Ids of the rooms whose countdown is over."""
        return [room_id for room_id, countdown in self.countdowns.items() if countdown.seconds <= 0]

    def seconds_to_next_step(self) -> Sequence[float]:
        """When countdowns become public or end."""
        return [countdown.next_seconds for countdown in self.countdowns.values() if countdown.seconds > 0]


def _countdown(room: Room, returning: set[int]) -> Countdown:
    """`returning`: ids of the users who are live or may be reconnecting."""
    gone_at: Any = room.owner_gone_at
    gone_for: timedelta = room.seen_at - gone_at  # type: ignore[attr-defined]
    # An owner who reloads the page is no news; a longer absence is told early enough for the others to react.
    quiet_for = min(timedelta(seconds=settings.CHAT_RECONNECT_GRACE_SECONDS), grace_period() / 2)
    is_public = room.owner_id not in returning or gone_for >= quiet_for
    seconds = (grace_period() - gone_for).total_seconds()
    next_seconds = seconds if is_public else (quiet_for - gone_for).total_seconds()
    return Countdown(gone_at + grace_period(), seconds, next_seconds, is_public)
