"""The one verb that writes to the log."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from rooms.errors import ChatError

from .membership import Membership
from .message import Message, sayable
from .room import Room


@dataclass(frozen=True, slots=True)
class Draft:
    """Something to be said. Making one raises `bad_text`, `blank` or `too_long`."""

    author_id: int
    room_id: int
    client_id: UUID
    text: str

    def __post_init__(self):
        object.__setattr__(self, "text", sayable(self.text))

    @property
    def key(self):
        return (self.room_id, self.author_id, self.client_id)


@dataclass(frozen=True, slots=True)
class Saved:
    """A message that is in the log, its room and author loaded; `duplicate` if it was there before."""

    message: Message
    duplicate: bool


def write(drafts: Sequence[Draft]) -> list[Saved | ChatError]:
    """Store a batch of drafts in one transaction: for each, in order, what became of it.

    A database error stores none of them. When it strikes at the commit nobody knows whether they are stored; writing
    the same drafts again is always safe.
    """
    with transaction.atomic():
        return Batch(drafts).write()


class Batch:
    """Drafts together with all that decides about them, read under the locks of their rooms."""

    def __init__(self, drafts):
        self.drafts = drafts
        self.rooms = Room.lock({draft.room_id for draft in drafts})
        self.members = self._members()
        self.known = self._known()
        self.fresh = []

    def write(self):
        outcomes = [self._outcome(draft) for draft in self.drafts]
        if self.fresh:
            Message.objects.bulk_create(self.fresh)
            Room.objects.bulk_update({message.room for message in self.fresh}, ["last_seq", "version"])
        return outcomes

    def _outcome(self, draft):
        if draft.key in self.known:
            return Saved(self.known[draft.key], duplicate=True)
        member = self.members.get((draft.room_id, draft.author_id))
        refusal = self._refusal(draft, member)
        return refusal or Saved(self._append(draft, member.user), duplicate=False)

    def _refusal(self, draft, member):
        room = self.rooms.get(draft.room_id)
        if room is None or room.closed_at:
            return ChatError("no_such_room")
        if member is None or member.removed_at or not member.user.is_active:
            return ChatError("no_such_room" if room.kind == Room.Kind.DIRECT else "not_here")
        return None

    def _append(self, draft, author):
        room = self.rooms[draft.room_id]
        seq, version = room.draw_seq()
        message = Message(
            room=room, seq=seq, version=version, author=author, client_id=draft.client_id, text=draft.text
        )
        self.fresh.append(message)
        self.known[draft.key] = message
        return message

    def _members(self):
        authors = {draft.author_id for draft in self.drafts}
        found = Membership.objects.filter(room__in=self.rooms, user__in=authors).select_related("user")
        return {(member.room_id, member.user_id): member for member in found}

    def _known(self):
        found = Message.objects.filter(
            room__in=self.rooms,
            author__in={draft.author_id for draft in self.drafts},
            client_id__in={draft.client_id for draft in self.drafts},
        ).select_related("author", "room")
        return {(message.room_id, message.author_id, message.client_id): message for message in found}
