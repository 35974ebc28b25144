"""Private conversations as seen by one of their two users."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.models import User
from rooms.models import Membership, Room
from rooms.protocol.schemas import DirectRoomCard

Memberships = Mapping[int, Membership]


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation's room, the other user (None after their account was deleted), and one's own read marker."""

    room: Room
    other: User | None
    read_seq: int

    @classmethod
    def of_each(cls, memberships: Mapping[int, Memberships]) -> "dict[int, list[Conversation]]":
        """`{user id: conversations}` with at least one message, from the users' `Membership.of_each`."""
        begun = {
            user_id: [membership for membership in own.values() if has_messages(membership.room)]
            for user_id, own in memberships.items()
        }
        pairs = cls._pairs({membership.room_id for own in begun.values() for membership in own})
        return {
            user_id: [cls(one.room, other_user(pairs[one.room_id], user_id), one.read_seq) for one in own]
            for user_id, own in begun.items()
        }

    @classmethod
    def seen_by(cls, user: User, room: Room) -> "Conversation":
        pair = cls._pairs({room.pk})[room.pk]
        return cls(room, other_user(pair, user.pk), pair[user.pk].read_seq if user.pk in pair else 0)

    @classmethod
    def _pairs(cls, room_ids: Collection[int]) -> dict[int, dict[int, Membership]]:
        """`{room id: {user id: membership}}`, users loaded."""
        pairs: dict[int, dict[int, Membership]] = {room_id: {} for room_id in room_ids}
        if room_ids:
            for membership in Membership.objects.filter(room__in=room_ids).select_related("user"):
                pairs[membership.room_id][membership.user_id] = membership
        return pairs

    def to_dict(self, online: Collection[int]) -> DirectRoomCard:
        """The conversation as clients see it; `online` are the ids of connected users."""
        return {
            "id": self.room.pk,
            "kind": "direct",
            "name": self.other.username if self.other else _("deleted user"),
            "with": self.other.to_dict() if self.other else None,
            "online": self.other is not None and self.other.pk in online,
            "last_seq": self.room.last_seq,
            "read_seq": self.read_seq,
        }


def has_messages(room: Room) -> bool:
    return room.kind == Room.Kind.DIRECT and room.last_seq > 0


def other_user(pair: Memberships, user_id: int) -> User | None:
    """The user of the pair who is not `user_id`; None after their account was deleted."""
    return next((membership.user for membership in pair.values() if membership.user_id != user_id), None)
