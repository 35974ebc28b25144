"""What an export contains: a room's whole log, or everything stored about a user; streamed, never whole in memory."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from rooms.models import Membership, Message, Room
from rooms.models.message import isoformat_ms
from rooms.protocol.schemas import MessageDict

MESSAGES_PER_BATCH = 500
ROOMS_PER_BATCH = 200

JSONObject = dict[str, object]


@dataclass(frozen=True)
class RoomExport:
    """A room's facts (`head`), and the messages of its log that belong to the export."""

    head: JSONObject
    messages: QuerySet[Message]

    def batches(self) -> Iterator[list[MessageDict]]:
        """The messages as dicts, ordered by `seq`."""
        last = 0
        while found := list(self.messages.filter(seq__gt=last).order_by("seq")[:MESSAGES_PER_BATCH]):
            last = found[-1].seq
            yield [message.to_dict() for message in found]


@dataclass(frozen=True)
class Export:
    """An export's title, facts (`head`) and rooms; the rooms are loaded while they are iterated."""

    title: str
    head: JSONObject
    rooms: Iterable[RoomExport]

    @classmethod
    def of_room(cls, room: Room) -> "Export":
        """A room's whole log."""
        messages = Message.objects.filter(room=room).select_related("author")
        return cls(room_title(room), {"exported_at": now()}, [RoomExport(room_head(room), messages)])

    @classmethod
    def of_user(cls, user: User) -> "Export":
        """The user's account, private conversations with both sides, and own messages in public rooms."""
        return cls(user.username, {"exported_at": now(), "user": account(user)}, rooms_of(user))


def rooms_of(user: User) -> Iterator[RoomExport]:
    """All rooms that the user is or was a member of, closed ones included.

    In batches without an open cursor between them: each piece of a streamed response may run on another thread, and
    so on another connection.
    """
    last, memberships = 0, Membership.objects.filter(user=user).select_related("room").order_by("room")
    while found := list(memberships.filter(room__gt=last)[:ROOMS_PER_BATCH]):
        last = found[-1].room_id
        for membership in found:
            yield room_of(user, membership)


def room_of(user: User, membership: Membership) -> RoomExport:
    room = membership.room
    messages = Message.objects.filter(room=room).select_related("author")
    if room.kind == Room.Kind.PUBLIC:
        messages = messages.filter(author=user)
    return RoomExport(room_head(room) | {"joined_at": isoformat_ms(membership.joined_at)}, messages)


def room_head(room: Room) -> JSONObject:
    """A room's facts: its card, without what is true of a moment only."""
    closed = room.closed_at and isoformat_ms(room.closed_at)
    card = dict(room.to_dict()) if room.kind == Room.Kind.PUBLIC else {"id": room.pk, "kind": room.kind}
    lasting = {name: value for name, value in card.items() if name not in ("people", "closes_at")}
    return {**lasting, "name": room_title(room), "closed_at": closed}


def room_title(room: Room) -> str:
    """The room's title; of a private conversation the names of both users."""
    if room.kind == Room.Kind.PUBLIC:
        return room.title
    members = room.membership_set.select_related("user").order_by("user")
    names = [membership.user.username for membership in members]
    return ", ".join(names + [_("deleted user")] * (2 - len(names)))


def account(user: User) -> JSONObject:
    """Everything stored of an account, except the password's hash and the keys of sessions and tokens."""
    plain = ("first_names", "last_names", "gender", "language", "email")
    return {
        **user.to_dict(),
        **{field: getattr(user, field) for field in plain},
        "birth_date": user.birth_date and user.birth_date.isoformat(),
        "joined_at": isoformat_ms(user.date_joined),
        "sessions": [isoformat_ms(session.created_at) for session in user.sessions.order_by("created_at")],
        "tokens": [
            {"name": token.name, "made_at": isoformat_ms(token.created_at)} for token in user.tokens.order_by("pk")
        ],
    }


def now() -> str:
    return isoformat_ms(timezone.now())
