"""A private conversation as one of its two people sees it."""

from dataclasses import dataclass
from typing import NamedTuple

from django.utils.translation import gettext as _

from accounts.models import User
from rooms.models.membership import Membership
from rooms.models.room import Room
from rooms.moderation.blocks import blocked_by


@dataclass(frozen=True, slots=True)
class Conversation:
    """The room, the other person (None when the account was deleted), and how far oneself has read."""

    room: Room
    other: User | None
    read_seq: int

    @classmethod
    def of_each(cls, memberships):
        """`{user id: conversations}` among the `Membership.of_each` of users, in which something was said."""
        begun = {
            user_id: [mine for mine in theirs.values() if is_begun(mine.room)]
            for user_id, theirs in memberships.items()
        }
        both = cls._both({mine.room_id for theirs in begun.values() for mine in theirs})
        return {
            user_id: [cls(mine.room, other(both[mine.room_id], user_id), mine.read_seq) for mine in theirs]
            for user_id, theirs in begun.items()
        }

    @classmethod
    def seen_by(cls, user, room):
        both = cls._both({room.pk})[room.pk]
        return cls(room, other(both, user.pk), both[user.pk].read_seq if user.pk in both else 0)

    @classmethod
    def _both(cls, room_ids):
        """`{room id: {user id: membership}}`, the users loaded."""
        both = {room_id: {} for room_id in room_ids}
        if room_ids:
            for membership in Membership.objects.filter(room__in=room_ids).select_related("user"):
                both[membership.room_id][membership.user_id] = membership
        return both

    def to_dict(self, online):
        """As clients see it; `online` is the set of user ids that are live."""
        return {
            "id": self.room.pk,
            "kind": self.room.kind,
            "name": self.other.username if self.other else _("deleted user"),
            "with": self.other and self.other.to_dict(),
            "online": self.other is not None and self.other.pk in online,
            "last_seq": self.room.last_seq,
            "read_seq": self.read_seq,
        }


def is_begun(room):
    return room.kind == Room.Kind.DIRECT and room.last_seq > 0


def other(both, user_id):
    """Who of the two is not that user; None when they are gone."""
    return next((membership.user for membership in both.values() if membership.user_id != user_id), None)


class Belongings(NamedTuple):
    """What is somebody's when they come: where they belong, where they may not be, and whom they do not hear."""

    memberships: dict  # room id: membership
    conversations: list
    kept_out: set  # room ids
    blocked: list  # users


def belongings(user_ids):
    """The `Belongings` of each of the users, in order. A few queries, however many ask."""
    everybody = set(user_ids)
    memberships = Membership.of_each(everybody)
    conversations = Conversation.of_each(memberships)
    kept_out = {user_id: set() for user_id in everybody}
    for membership in Membership.removals(everybody):
        kept_out[membership.user_id].add(membership.room_id)
    blocked = blocked_by(everybody)
    return [Belongings(memberships[pk], conversations[pk], kept_out[pk], blocked[pk]) for pk in user_ids]
