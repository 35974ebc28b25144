"""Which rooms are off one client's list. Pure: no I/O, no event loop."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from rooms.models import Membership


@dataclass(frozen=True, slots=True)
class AccessSnapshot:
    """The rooms from which a user was removed, read by query number `as_of` of this process.

    Queries are numbered as they begin, and only a newer snapshot replaces what an older one said.
    """

    as_of: int
    removed: Mapping[int, Membership]  # by room id


class RoomAccess:
    """The rooms that a client does not list: hidden by its user, or the user was removed from them."""

    def __init__(self, hidden: Iterable[int] = (), removed: Iterable[int] = (), as_of: int = 0) -> None:
        self._hidden = set(hidden)
        self._removed = set(removed)
        self.as_of = as_of
        self.unlisted = self._hidden | self._removed

    def is_current(self, snapshot: AccessSnapshot) -> bool:
        """Whether to ignore a snapshot: it is not newer, or equal (then only `as_of` advances)."""
        if self._removed == snapshot.removed.keys():
            self.as_of = max(snapshot.as_of, self.as_of)
        return snapshot.as_of <= self.as_of

    def newly_removed(self, snapshot: AccessSnapshot) -> set[int]:
        """The rooms that a newer snapshot closes to the client; empty for an older one."""
        return set(snapshot.removed.keys() - self._removed) if snapshot.as_of > self.as_of else set()

    def apply(self, snapshot: AccessSnapshot) -> tuple[set[int], set[int]] | None:
        """Follow a newer snapshot: ids of the rooms it closes, and of those listed again; None if it is older."""
        if snapshot.as_of <= self.as_of:
            return None
        self.as_of = snapshot.as_of
        closed, opened = set(snapshot.removed.keys() - self._removed), self._removed - snapshot.removed.keys()
        self._hidden -= closed  # when they are open again they are listed
        self._removed = set(snapshot.removed)
        self.unlisted = self._hidden | self._removed
        return closed, opened - self.unlisted

    def hide(self, room_id: int) -> None:
        """The user hides the room from their list."""
        self._hidden.add(room_id)
        self.unlisted.add(room_id)

    def join(self, room_ids: Collection[int], as_of: int | None = None) -> None:
        """The user is in these rooms; `as_of`, the number of the last query that had begun before."""
        for rooms in (self._hidden, self._removed, self.unlisted):
            rooms.difference_update(room_ids)
        if as_of is not None:
            self.as_of = as_of
