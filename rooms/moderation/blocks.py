"""Whose messages somebody does not take: the other one is muted in their private conversation."""

from django.db.models.functions import Now

from rooms.direct.messages import pair_of
from rooms.models.membership import Membership
from rooms.models.room import Room
from rooms.protocol.errors import ChatError


def block(user, other, is_blocked=True):
    """Take no messages of `other` from now on, or take them again; the conversation is begun for that if need be."""
    room = Room.between(user, other)
    members = room.membership_set.filter(user=other)
    if not members.update(muted_at=Now() if is_blocked else None, changed_at=Now()):
        raise ChatError("no_such_user", field="user")


def blocked_by(user_ids):
    """`{user id: [user, …]}`: whose messages each of them does not take, by name. One query."""
    mine = Membership.objects.filter(user__in=user_ids, room__kind=Room.Kind.DIRECT)
    muted = Membership.objects.filter(muted_at__isnull=False, room__in=mine.values("room")).select_related(
        "room", "user"
    )
    blocked = {user_id: [] for user_id in user_ids}
    for membership in muted.order_by("user__username_key"):
        [by] = set(pair_of(membership.room)) - {membership.user_id}
        if by in blocked:
            blocked[by].append(membership.user)
    return blocked
