"""A private conversation as one of its two people sees it."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.models import User

from .membership import Membership
from .room import Room


@dataclass(frozen=True, slots=True)
class Conversation:
    """The room, and the other person (None when the account was deleted)."""

    room: Room
    other: User | None

    @classmethod
    def all_among(cls, memberships, user):
        """The conversations among the `Membership.all_of` a user in which something was said."""
        rooms = [membership.room for membership in memberships.values()]
        return cls._with_others([room for room in rooms if room.kind == Room.Kind.DIRECT and room.last_seq], user)

    @classmethod
    def seen_by(cls, user, room):
        return cls._with_others([room], user)[0]

    @classmethod
    def _with_others(cls, rooms, user):
        if not rooms:
            return []
        others = Membership.objects.filter(room__in=rooms).exclude(user=user).select_related("user")
        by_room = {membership.room_id: membership.user for membership in others}
        return [cls(room, by_room.get(room.pk)) for room in rooms]

    def shape(self, online):
        """As clients see it; `online` is the set of user ids that are live."""
        return {
            "id": self.room.pk,
            "kind": self.room.kind,
            "name": self.other.username if self.other else _("deleted user"),
            "with": self.other and self.other.shape(),
            "online": self.other is not None and self.other.pk in online,
            "last_seq": self.room.last_seq,
        }
