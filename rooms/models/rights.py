"""Permissions in rooms, for sockets, REST, commands, pages and the admin.

`can_*` functions answer, `require_*` functions raise a `ChatError`; the `*_error` functions are called by the write
under the room's lock. A room that a user cannot see is refused exactly like one that does not exist.
"""

from typing import TYPE_CHECKING, Protocol

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounts.models import User
from accounts.models.ban import access_condition
from rooms.protocol.errors import ChatError

from .locked import PUBLIC, Head, Member
from .membership import Membership

if TYPE_CHECKING:
    from .room import Room


class HasOwner(Protocol):
    """A room's row: a `Room` or a `Head`."""

    @property
    def kind(self) -> str: ...

    @property
    def owner_id(self) -> int | None: ...


# --- Visibility


def visible_to(user: User) -> Q:
    """A filter for rooms: public ones from which the user is not removed, and their own conversations."""
    mine = Membership.objects.filter(room=OuterRef("pk"), user=user)
    removed = Exists(mine.filter(Membership.removed_now()))
    return (Q(kind=PUBLIC) & ~removed) | Exists(mine.filter(removed_at=None))


# --- Moderation


def can_moderate(user: User | Member, room: HasOwner) -> bool:
    """Public rooms are moderated by their owner and by staff; private conversations by nobody."""
    return room.kind == PUBLIC and (user.is_staff or room.owner_id == user.pk)


def require_moderator(user: User, room: HasOwner, code: str = "not_your_room") -> None:
    if not can_moderate(user, room):
        raise ChatError(code)


def made_by_moderator() -> Q:
    """A filter for rows with `room` and `made_by`, such as webhooks: the maker can moderate the room at present."""
    removed = Membership.objects.filter(Membership.removed_now(), room=OuterRef("room"), user=OuterRef("made_by"))
    moderates = Q(room__kind=PUBLIC) & (Q(made_by__is_staff=True) | Q(made_by=F("room__owner")))
    has_access: Q = access_condition("made_by__")
    return has_access & moderates & Q(~Exists(removed))


def can_moderate_user(user: User, room: HasOwner, other: User) -> bool:
    """A moderator can act on anybody but themselves, staff and, unless staff themselves, the owner."""
    is_protected = other.pk == user.pk or other.is_staff or (other.pk == room.owner_id and not user.is_staff)
    return can_moderate(user, room) and not is_protected


def require_can_moderate_user(user: User, room: HasOwner, other: User) -> None:
    """Raises `not_your_room` or `not_over_them`."""
    require_moderator(user, room)
    if not can_moderate_user(user, room, other):
        raise ChatError("not_over_them")


def can_erase(user: User, room: HasOwner) -> bool:
    """Staff can erase anybody's message in public rooms, closed ones included."""
    return room.kind == PUBLIC and user.is_staff


def require_announcer(user: User) -> None:
    """Announcements to every connected user are staff's."""
    if not user.is_staff:
        raise ChatError("not_allowed")


# --- Rooms of one's own


def require_room_creation(user: User) -> None:
    if settings.ROOM_CREATION == "staff" and not user.is_staff:
        raise ChatError("rooms_by_staff")


def require_below_room_limit(user: User, rooms: "QuerySet[Room]") -> None:
    """Lock the user's row, so that no other room is created until the transaction ends; raises `too_many_rooms`."""
    if User.objects.select_for_update(no_key=True).filter(pk=user.pk, is_active=True).first() is None:
        raise ChatError("not_signed_in")  # the account ended after the request was authenticated
    if has_reached_room_limit(user, rooms):
        raise ChatError("too_many_rooms", limit=settings.CHAT_ROOMS_PER_USER)


def has_reached_room_limit(user: User, rooms: "QuerySet[Room]") -> bool:
    """Whether the user owns `CHAT_ROOMS_PER_USER` of these rooms; 0 is no limit, and staff have none."""
    limit: int = settings.CHAT_ROOMS_PER_USER
    return limit > 0 and not user.is_staff and rooms.filter(owner=user).count() >= limit


# --- Writing, under the room's lock


def stranger_error(head: Head) -> ChatError:
    """The refusal of a write by a user without a membership."""
    return ChatError("no_such_room" if head.is_direct or not head.is_open else "not_here")


def member_error(head: Head, member: Member) -> ChatError | None:
    """The refusal of any write by a member, None if there is none."""
    return None if head.is_open and member.is_current else ChatError("no_such_room")


def staff_write_error(head: Head) -> ChatError | None:
    """The refusal of a change by staff: private conversations are closed to them, closed rooms are not."""
    return ChatError("no_such_room") if head.is_direct else None


def text_error(head: Head, member: Member) -> ChatError | None:
    """The refusal of a new text by a member, in a new message or an edit."""
    if head.is_direct and not can_write_privately(member):
        return ChatError("private_by_staff" if settings.PRIVATE_MESSAGES == "staff" else "private_off")
    if head.is_direct and not member.has_other:
        return ChatError("other_has_gone")
    if head.is_direct and member.is_muted:
        return ChatError("not_taken")  # a block, as the blocked member sees it
    return ChatError("muted") if member.is_muted and not member.is_staff else None


def can_write_privately(user: Member) -> bool:
    return settings.PRIVATE_MESSAGES == "everyone" or (settings.PRIVATE_MESSAGES == "staff" and user.is_staff)


def slow_mode_error(head: Head, member: Member) -> ChatError | None:
    """The refusal of a message that comes too soon after the member's last one; moderators are exempt."""
    if member.idle_seconds is None or can_moderate(member, head):
        return None
    wait = head.slow_seconds - member.idle_seconds
    return ChatError("slow_down", retry_after=round(wait, 1)) if wait > 0 else None
