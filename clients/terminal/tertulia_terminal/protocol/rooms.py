"""Rooms and private conversations known to the client, and what is unread in them."""

from collections.abc import Iterable

from .objects import ReadMarkersJSON, RoomJSON, UnreadMarkersJSON


class KnownRooms:
    """State of each room as last received, and the room the client is in."""

    def __init__(self, current: int | None = None) -> None:
        self.current = current
        self.people_count = 0  # in the current room
        self._rooms: dict[int, RoomJSON] = {}

    def replace(self, rooms: Iterable[RoomJSON]) -> None:
        """Forget all rooms but these."""
        self._rooms = {room["id"]: room for room in rooms}

    def update(self, room: RoomJSON) -> None:
        """Add a room, or update one; read markers never fall, since frames may arrive in any order."""
        known = self._rooms.get(room["id"], room)
        merged = known | room
        _raise_read_markers(merged, room)
        _raise_read_markers(merged, known)
        self._rooms[room["id"]] = merged

    def apply_unread(self, markers: Iterable[UnreadMarkersJSON]) -> None:
        """Raise the read markers of known rooms."""
        for marker in markers:
            if room := self._rooms.get(marker["room"]):
                _raise_read_markers(room, marker)

    def remove(self, room_id: int) -> None:
        """Forget a room, if it is known."""
        self._rooms.pop(room_id, None)

    def get(self, room_id: int) -> RoomJSON | None:
        """Return the room, or None if it is unknown."""
        return self._rooms.get(room_id)

    @property
    def current_name(self) -> str:
        """Name of the current room, or an empty text."""
        room = self._rooms.get(self.current) if self.current else None
        return room["name"] if room else ""

    @property
    def public_names(self) -> list[str]:
        """Names of all public rooms."""
        return [room["name"] for room in self._rooms.values() if room["kind"] == "public"]

    @property
    def unread(self) -> list[tuple[str, int]]:
        """Names and numbers of unread messages of the other rooms that have any."""
        counts = []
        for room in self._rooms.values():
            last_seq = room.get("last_seq")
            if room["id"] != self.current and last_seq:
                counts.append((room["name"], last_seq - (room.get("read_seq", last_seq) or 0)))
        return [(name, count) for name, count in counts if count > 0]


def _raise_read_markers(room: RoomJSON, update: ReadMarkersJSON) -> None:
    if "last_seq" in update:
        room["last_seq"] = max(update["last_seq"] or 0, room.get("last_seq") or 0)
    if "read_seq" in update:
        room["read_seq"] = max(update["read_seq"] or 0, room.get("read_seq") or 0)
