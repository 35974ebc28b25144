"""The list of rooms of one client: all public rooms but those its user has hidden, or was removed from."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.utils.translation import override

from rooms.lobby import notices
from rooms.models import Membership
from rooms.protocol import frames

from .room_access import AccessSnapshot, RoomAccess

if TYPE_CHECKING:
    from .client import Client


class ClientRoomList:
    """Applies the user's hides and moderators' removals to one client's list of rooms, and sends it the changes."""

    def __init__(self, client: "Client") -> None:
        self._client = client
        self._access = RoomAccess()

    @property
    def unlisted(self) -> set[int]:
        """Ids of the rooms that are not on the list."""
        return self._access.unlisted

    def begin(self, hidden: Iterable[int], removed: Iterable[int], as_of: int) -> None:
        """The state as the client connects, read by query number `as_of`."""
        self._access = RoomAccess(hidden, removed, as_of)

    def join(self, room_id: int, as_of: int) -> None:
        """The client is in the room; `as_of`: the number of the last access query that had begun before."""
        self._access.join([room_id], as_of)

    def is_current(self, snapshot: AccessSnapshot) -> bool:
        """Whether a snapshot need not be applied; a client that is entering a room may be in it a moment later."""
        return not self._client.moving.locked() and self._access.is_current(snapshot)

    async def apply(self, snapshot: AccessSnapshot) -> None:
        """Leave the rooms from which the user was removed, and list those to which they may come back."""
        self._lose(self._access.newly_removed(snapshot))  # at once; the rest needs the lock
        async with self._client.moving:  # a client that was about to enter is in the room only now
            before = set(self.unlisted)
            changes = self._access.apply(snapshot)
            if changes is None:
                return
            closed, opened = changes
            self._lose(closed)
            for room_id in closed:
                if room_id not in before or room_id == self._client.room_id:
                    self._send_removed(snapshot.removed[room_id])
            self._send_cards(opened)
        for room_id in closed:
            await self._client.move_to_default(room_id)

    async def change(self, room_id: int, name: str, is_hidden: bool) -> None:
        """On one of their clients the user has hidden a room, or brought it back."""
        async with self._client.moving:  # not while it is being greeted
            if not self._client.is_greeted or is_hidden == (room_id in self.unlisted):
                return
            if is_hidden:
                self._hide(room_id, name)
            else:
                self._access.join([room_id])
                self._send_cards([room_id])
        if is_hidden:
            await self._client.move_to_default(room_id)

    def _hide(self, room_id: int, name: str) -> None:
        self._access.hide(room_id)
        for part in self._client.hub.parts:
            part.rooms_lost(self._client.user.pk, [room_id])
        with override(self._client.language):
            self._client.connection.send(frames.room_gone(room_id, name, "hidden", notices.hidden(name)))

    def _lose(self, room_ids: set[int]) -> None:
        if not room_ids:
            return
        for room_id in room_ids:
            self._client.hub.unsubscribe(self._client, room_id)
        for part in self._client.hub.parts:
            part.rooms_lost(self._client.user.pk, room_ids)

    def _send_removed(self, membership: Membership) -> None:
        room, client = membership.room, self._client
        if client.is_greeted:
            with override(client.language):
                frame = frames.room_gone(room.pk, room.title, "removed", notices.removed(membership))
                client.connection.send(frame)

    def _send_cards(self, room_ids: Iterable[int]) -> None:
        """Rooms that are on the list again; a room too new for the snapshot comes with the next one."""
        if not self._client.is_greeted:
            return
        with override(self._client.language):
            cards = self._client.hub.snapshot.cards(room_ids)
        if cards:
            self._client.connection.send(frames.rooms(cards))
