"""What was said, to take along: a room's whole log, or all that belongs to one person; never whole in memory."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from rooms.models import Message, Room
from rooms.models.message import isoformat_ms

MESSAGES_A_PIECE = 500
ROOMS_A_PIECE = 200


@dataclass(frozen=True)
class Chapter:
    """A room with what is told of it (`head`), and the messages of its log that belong into the export."""

    head: dict
    messages: QuerySet[Message]

    def pieces(self):
        """The messages in order, as lists of shapes."""
        last = 0
        while found := list(self.messages.filter(seq__gt=last).order_by("seq")[:MESSAGES_A_PIECE]):
            last = found[-1].seq
            yield [message.to_dict() for message in found]


@dataclass(frozen=True)
class Export:
    """`head` says of what; `chapters` come one by one, as they are asked for."""

    title: str
    head: dict
    chapters: Iterable[Chapter]

    @classmethod
    def of_room(cls, room):
        """A room's whole log, as everybody there could read it."""
        messages = Message.objects.filter(room=room).select_related("author")
        return cls(title_of(room), {"exported_at": now()}, [Chapter(head_of(room), messages)])

    @classmethod
    def of_user(cls, user):
        """All that is kept of a person: account, conversations in both directions, and what they said in rooms."""
        return cls(user.username, {"exported_at": now(), "user": account(user)}, chapters_of(user))


def chapters_of(user):
    """The rooms one has been in, closed ones too; one by one, for they may be many.

    No cursor stays open between two of them: then the connection may already be another thread's.
    """
    last, memberships = 0, user.membership_set.select_related("room").order_by("room")
    while found := list(memberships.filter(room__gt=last)[:ROOMS_A_PIECE]):
        last = found[-1].room_id
        for membership in found:
            yield chapter_of(user, membership)


def chapter_of(user, membership):
    room = membership.room
    messages = Message.objects.filter(room=room).select_related("author")
    if room.kind == Room.Kind.PUBLIC:
        messages = messages.filter(author=user)
    return Chapter(head_of(room) | {"joined_at": isoformat_ms(membership.joined_at)}, messages)


def head_of(room):
    closed = room.closed_at and isoformat_ms(room.closed_at)
    return {"id": room.pk, "kind": room.kind, "name": title_of(room), "closed_at": closed}


def title_of(room):
    """Of a private conversation, the names of both."""
    if room.kind == Room.Kind.PUBLIC:
        return room.title
    people = room.membership_set.select_related("user").order_by("user")
    names = [membership.user.username for membership in people]
    return ", ".join(names + [_("deleted user")] * (2 - len(names)))


def account(user):
    """What is kept of an account, but for its password's hash and what its tokens open."""
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


def now():
    return isoformat_ms(timezone.now())
