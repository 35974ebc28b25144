"""Read positions and room heads as known to one process, and what changed of them. Pure: no I/O, no event loop."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from rooms.protocol.errors import ChatError

from .queries import Mark

Key = tuple[int, int]  # (user id, room id)
# (room id, last_seq or None, read_seq or None): what has risen
Update = tuple[int, int | None, int | None]


@dataclass(slots=True)
class Changes:
    """What has risen since it was last taken: `heads` are last_seqs by room id, `marks` read_seqs by user and room."""

    heads: dict[int, int] = field(default_factory=dict)
    marks: dict[Key, int] = field(default_factory=dict)


class ReadMarkers:
    """Markers only rise. Everything noted here is taken out in batches, about once a second.

    It holds the rooms of the users who are connected to this process.
    """

    def __init__(self) -> None:
        self._read: dict[int, dict[int, int]] = defaultdict(dict)  # user id: {room id: read_seq}
        self._readers: dict[int, set[int]] = defaultdict(set)  # room id: user ids
        self._heads: dict[int, int] = {}  # public room id: last_seq, as clients know it
        self._asked: dict[Key, Mark] = {}  # to be written: what clients said they have read
        self._authored: dict[Key, Mark] = {}  # to be written: authors read what they write
        self._local = Changes()  # to be sent to the clients here
        self._remote = Changes()  # changes of this process, to be published
        self._unfollowed: set[Key] = set()  # since the poll under way began

    # --- Who follows which room

    def begin(self, user_id: int, room_id: int, read_seq: int, last_seq: int | None) -> None:
        """A connected user belongs to a room; `last_seq` is None for direct conversations."""
        known = self._read[user_id]
        known[room_id] = max(read_seq, known.get(room_id, 0))
        self._readers[room_id].add(user_id)
        if last_seq is not None:
            self._heads.setdefault(room_id, last_seq)

    def follow(self, user_id: int, room_id: int, read_seq: int, last_seq: int | None) -> bool:
        """A user has joined a room: all their clients count it from now on. Returns whether that is new."""
        if room_id in self._read[user_id]:
            return False
        self.begin(user_id, room_id, read_seq, last_seq)
        self._local.marks[user_id, room_id] = self._remote.marks[user_id, room_id] = read_seq
        return True

    def unfollow(self, user_id: int, room_id: int) -> None:
        """A user no longer has this room."""
        self._unfollowed.add((user_id, room_id))
        self._local.marks.pop((user_id, room_id), None)
        if self._read.get(user_id, {}).pop(room_id, None) is not None:
            self._remove_reader(user_id, room_id)

    def end(self, user_id: int) -> None:
        """The last client of a user has disconnected."""
        for room_id in self._read.pop(user_id, ()):
            self._remove_reader(user_id, room_id)

    def _remove_reader(self, user_id: int, room_id: int) -> None:
        self._readers[room_id].discard(user_id)
        if not self._readers[room_id]:
            del self._readers[room_id]

    def card(self, user_id: int, room_id: int) -> dict[str, int]:
        """`last_seq` and `read_seq` of a room as clients know them; empty where the user has not been.

        Direct conversations get their `last_seq` from `events`.
        """
        read_seq = self._read.get(user_id, {}).get(room_id)
        if read_seq is None:
            return {}
        last_seq = self._heads.get(room_id)
        return {"read_seq": read_seq} if last_seq is None else {"last_seq": last_seq, "read_seq": read_seq}

    def remind(self, user_id: int, in_hello: Iterable[int]) -> None:
        """A client had `hello` with these rooms: the markers of public rooms that are too new for it follow."""
        told = set(in_hello)
        for room_id, read_seq in self._read.get(user_id, {}).items():
            if room_id in self._heads and room_id not in told:
                self._local.marks[user_id, room_id] = read_seq

    # --- What happens

    def read(self, user_id: int, room_id: int, seq: int) -> bool:
        """A user has read up to `seq`; whether that is news. Raises `not_here` for a room they have not been in."""
        known = self._read.get(user_id, {})
        if room_id not in known:
            raise ChatError("not_here")
        asked = self._asked.get((user_id, room_id))
        if seq <= known[room_id] or (asked is not None and seq <= asked.seq):
            return False
        self._asked[user_id, room_id] = Mark(user_id, room_id, seq)
        return True

    def new_head(self, room_id: int, last_seq: int) -> None:
        """This process has stored messages of a public room."""
        if last_seq > self._heads.get(room_id, 0):
            self._local.heads[room_id] = self._remote.heads[room_id] = last_seq

    def authored(self, user_id: int, room_id: int, seq: int) -> None:
        """Note that an author has read their own message, if all before it was read; consecutive ones make one mark."""
        held = self._authored.get((user_id, room_id))
        follows = held is not None and held.seq == seq - 1
        self._authored[user_id, room_id] = Mark(user_id, room_id, seq, held.since if held and follows else seq - 1)

    def merge(self, heads: Iterable[tuple[int, int]], marks: Iterable[tuple[int, int, int]] = ()) -> None:
        """What others have published, or a poll found: `(room id, last_seq)` and `(user id, room id, read_seq)`."""
        for room_id, last_seq in heads:
            if last_seq > self._heads.get(room_id, 0):
                self._local.heads[room_id] = max(last_seq, self._local.heads.get(room_id, 0))
        for user_id, room_id, read_seq in marks:
            self._raise(user_id, room_id, read_seq)

    def _raise(self, user_id: int, room_id: int, read_seq: int) -> None:
        known = self._read.get(user_id)
        if known is not None and read_seq > known.get(room_id, -1):
            known[room_id] = self._local.marks[user_id, room_id] = read_seq
            self._readers[room_id].add(user_id)

    # --- Writing

    def take_writes(self) -> tuple[dict[Key, Mark], dict[Key, Mark]]:
        """The marks to be written: what was asked for, and after it what authors have read by writing."""
        writes = self._asked, self._authored
        self._asked, self._authored = {}, {}
        return writes

    def put_back(self, asked: Mapping[Key, Mark], authored: Mapping[Key, Mark]) -> None:
        """The writes have failed and are tried again; newer marks win."""
        self._asked = {**asked, **self._asked}
        self._authored = {**authored, **self._authored}

    def written(self, risen: Iterable[tuple[int, int, int]]) -> None:
        """These marks have risen in the database: `(user id, room id, read_seq)`."""
        for user_id, room_id, read_seq in risen:
            self._remote.marks[user_id, room_id] = read_seq
            self._raise(user_id, room_id, read_seq)

    # --- Telling

    def take_remote(self) -> Changes:
        """Take the changes to publish to other processes."""
        changes, self._remote = self._remote, Changes()
        return changes

    def take_local(self) -> dict[int, list[Update]]:
        """Take the changes to send to clients here, by user id."""
        changes, self._local = self._local, Changes()
        self._heads.update(changes.heads)
        updates: dict[int, list[Update]] = defaultdict(list)
        for room_id, last_seq in changes.heads.items():
            for user_id in self._readers.get(room_id, ()):
                updates[user_id].append((room_id, last_seq, changes.marks.pop((user_id, room_id), None)))
        for (user_id, room_id), read_seq in changes.marks.items():
            updates[user_id].append((room_id, self._heads.get(room_id), read_seq))
        return updates

    # --- Polling the database

    def begin_poll(self) -> list[int]:
        """A poll begins; returns the public rooms known so far."""
        self._unfollowed.clear()
        return list(self._heads)

    def end_poll(
        self, known: Iterable[int], heads: Mapping[int, int], memberships: Iterable[tuple[int, int, int, bool]]
    ) -> None:
        """Merge what a poll has found: `(user id, room id, read_seq, is listed)`; a room without a head has closed."""
        self.merge(heads.items())
        for room_id in known:
            if room_id not in heads:
                self._close(room_id)
        for user_id, room_id, read_seq, is_listed in memberships:
            if not is_listed:
                self.unfollow(user_id, room_id)
            elif (user_id, room_id) not in self._unfollowed:
                self._raise(user_id, room_id, read_seq)

    def _close(self, room_id: int) -> None:
        del self._heads[room_id]
        for user_id in list(self._readers.get(room_id, ())):
            self.unfollow(user_id, room_id)
