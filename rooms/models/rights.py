"""Who may do what in rooms: decided here, and nowhere else.

Sockets, REST, commands, pages and the admin come here by the verbs they call; the one verb that writes asks under its
locks. What somebody may not know of looks like what is not there.
"""

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Now

from accounts.models import User
from accounts.models.ban import access_condition
from rooms.protocol.errors import ChatError

from .membership import Membership

PUBLIC = "public"  # as `Room.Kind` has it, which is built on this

# --- Which rooms there are for somebody


def known_to(user):
    """A filter of rooms: the public ones from which this person is not kept out, and their own conversations."""
    mine = Membership.objects.filter(room=OuterRef("pk"), user=user)
    return (Q(kind=PUBLIC) & ~Exists(mine.filter(kept_out()))) | Exists(mine.filter(removed_at=None))


def kept_out():
    """A filter of memberships: those of people who were removed, and may not come back yet."""
    return Q(removed_at__isnull=False) & (Q(may_return_at=None) | Q(may_return_at__gt=Now()))


# --- Who has the say


def rules(user, room):
    """Whether it is somebody's to keep order in a room: in a public one its owner's, and everywhere staff's."""
    return room.kind == PUBLIC and (user.is_staff or room.owner_id == user.pk)


def require_rule(user, room, code="not_your_room"):
    if not rules(user, room):
        raise ChatError(code)


def has_say():
    """A filter of webhooks: those whose maker rules their room, and is kept out neither of it nor of the site."""
    mine = Membership.objects.filter(kept_out(), room=OuterRef("room"), user=OuterRef("made_by"))
    ruling = Q(room__kind=PUBLIC) & (Q(made_by__is_staff=True) | Q(made_by=F("room__owner")))
    return access_condition("made_by__") & ruling & ~Exists(mine)


def has_power_over(user, room, other):
    """Over oneself and over staff nobody has any, over the owner only staff."""
    is_safe = other.pk == user.pk or other.is_staff or (other.pk == room.owner_id and not user.is_staff)
    return rules(user, room) and not is_safe


def require_power_over(user, room, other):
    require_rule(user, room)
    if not has_power_over(user, room, other):
        raise ChatError("not_over_them")


def erases(user, room):
    """Whether what others said there is theirs to erase: staff's, in public rooms, closed ones too."""
    return room.kind == PUBLIC and user.is_staff


def require_creation(user):
    if settings.ROOM_CREATION == "staff" and not user.is_staff:
        raise ChatError("rooms_by_staff")


def require_place_for_another(user, rooms):
    """Raise `too_many_rooms`; otherwise nobody makes another for this person until the transaction ends."""
    if User.objects.select_for_update(no_key=True).filter(pk=user.pk, is_active=True).first() is None:
        raise ChatError("not_signed_in")  # no longer, as of just now
    if has_enough(user, rooms):
        raise ChatError("too_many_rooms", limit=settings.CHAT_ROOMS_PER_USER)


def has_enough(user, rooms):
    """Whether as many of the `rooms` as one may have are this person's."""
    limit = settings.CHAT_ROOMS_PER_USER
    return limit > 0 and not user.is_staff and rooms.filter(owner=user).count() >= limit


def require_announcement(user):
    if not user.is_staff:
        raise ChatError("not_allowed")


# --- What may be written, asked under the lock of the room: `head` is a `Head`, `member` a `Member`, or None


def refusal(head, member):
    """Why somebody can write nothing at all; None if they can."""
    if head is None or not head.is_open:
        return ChatError("no_such_room")
    if member is None:
        return ChatError("no_such_room" if head.is_direct else "not_here")
    return None if member.belongs else ChatError("no_such_room")


def refusal_to_staff(head):
    """Why a change by staff is none: what is private is not theirs either. Closed rooms are."""
    return ChatError("no_such_room") if head is None or head.is_direct else None


def refusal_of_words(head, member):
    """Why a member can put no words there, old or new; None if they can."""
    if head.is_direct and not writes_privately(member):
        return ChatError("private_by_staff" if settings.PRIVATE_MESSAGES == "staff" else "private_off")
    if head.is_direct and not member.has_company:
        return ChatError("other_has_gone")
    if head.is_direct and member.is_muted:
        return ChatError("not_taken")  # that is how a block looks from the other side
    return ChatError("muted") if member.is_muted and not member.is_staff else None


def writes_privately(user):
    return settings.PRIVATE_MESSAGES == "everyone" or (settings.PRIVATE_MESSAGES == "staff" and user.is_staff)


def refusal_of_haste(head, member):
    """Slow mode: that it is too soon for a member's next message; None if it is not."""
    wait = head.slow_seconds - member.quiet_seconds
    return ChatError("slow_down", retry_after=round(wait, 1)) if wait > 0 and not rules(member, head) else None
