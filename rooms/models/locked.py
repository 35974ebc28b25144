"""The rows of a room and of its members as a write reads them: under the room's lock, without the ORM's cost."""

from dataclasses import dataclass, field

PUBLIC, DIRECT = "public", "direct"  # the values of `Room.Kind`


@dataclass(slots=True)
class Head:
    """A room's row, locked until the end of the transaction; `since` is the version it had when it was read."""

    room_id: int
    kind: str
    epoch: str
    pair_key: str | None
    is_open: bool
    owner_id: int | None
    slow_seconds: int
    last_seq: int
    version: int
    since: int = field(init=False)

    def __post_init__(self) -> None:
        self.since = self.version

    @property
    def is_direct(self) -> bool:
        return self.kind == DIRECT

    @property
    def member_ids(self) -> list[int]:
        """Ids of the two members of a private conversation; empty for a public room."""
        return split_pair_key(self.pair_key)

    def next_seq(self) -> tuple[int, int]:
        """The `seq` of a new message and the version of that change."""
        self.last_seq += 1
        return self.last_seq, self.next_version()

    def next_version(self) -> int:
        """The version of the next change."""
        self.version += 1
        return self.version


@dataclass(slots=True)
class Member:
    """An author's membership.

    `is_current`: neither removed, banned nor deactivated. `has_other`: the room has another member.
    `idle_seconds`: time since the author's last message, None where slow mode has not recorded one.
    """

    room_id: int
    pk: int
    name: str
    is_staff: bool
    is_current: bool
    is_muted: bool
    has_other: bool
    idle_seconds: float | None


def split_pair_key(pair_key: str | None) -> list[int]:
    """The two user ids of a conversation's `pair_key`; empty without one."""
    return [int(pk) for pk in pair_key.split("-")] if pair_key else []
