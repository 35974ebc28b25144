"""Blocks between users, stored as a mute of the blocked user in the private conversation of the two."""

from collections.abc import Collection

from django.db.models.functions import Now

from accounts.models import User
from rooms.models.membership import Membership
from rooms.models.room import Room
from rooms.protocol.errors import ChatError


def set_block(user: User, who: int | str, is_blocked: bool) -> User:
    """Block or unblock `who` (an id or a name) for `user`; return that other user.

    Creates the conversation if there is none. Raises `no_such_user`, `private_to_self`.
    """
    other = User.objects.find_active(who)
    if other is None:
        raise ChatError("no_such_user", field="user")
    muted = Room.between(user, other).membership_set.filter(user=other)
    if not muted.update(muted_at=Now() if is_blocked else None, changed_at=Now()):
        raise ChatError("no_such_user", field="user")
    return other


def blocked_by(user_ids: Collection[int]) -> dict[int, list[User]]:
    """`{user id: [blocked user, …]}` for each of the users, ordered by name. One query."""
    conversations = Membership.objects.filter(user__in=user_ids, room__kind=Room.Kind.DIRECT).values("room")
    muted = Membership.objects.filter(muted_at__isnull=False, room__in=conversations).select_related("room", "user")
    blocked: dict[int, list[User]] = {user_id: [] for user_id in user_ids}
    for membership in muted.order_by("user__username_key"):
        [blocker] = set(membership.room.member_ids) - {membership.user_id}
        if blocker in blocked:
            blocked[blocker].append(membership.user)
    return blocked
