"""The one verb that writes to the log."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q

from rooms.errors import ChatError

from .draft import Change, Draft, Saved
from .membership import Membership
from .message import Message
from .room import Room


def write(drafts: Sequence[Draft | Change]) -> list[Saved | ChatError]:
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
        self.targets = self._targets()
        self._said = []
        self._changed = {}

    def write(self):
        outcomes = [self._refusal(draft) or self._apply(draft) for draft in self.drafts]
        if self._said:
            Message.objects.bulk_create(self._said)
        if self._changed:
            Message.objects.bulk_update(self._changed.values(), ["text", "version", "edited_at", "erased_at"])
        self._save_heads()
        return outcomes

    def said(self, key, message):
        self.known[key] = message
        self._said.append(message)

    def changed(self, message):
        self._changed[message.pk] = message

    def _refusal(self, draft):
        room = self.rooms.get(draft.room_id)
        if room is None or room.closed_at:
            return ChatError("no_such_room")
        member = self.members.get((draft.room_id, draft.author_id))
        if member is None or member.removed_at or not member.user.is_active:
            return ChatError("no_such_room" if room.kind == Room.Kind.DIRECT else "not_here")
        return None

    def _apply(self, draft):
        member = self.members[draft.room_id, draft.author_id]
        return draft.apply(self, self.rooms[draft.room_id], member.user)

    def _save_heads(self):
        for room in self.rooms.values():
            if room.version != room.locked_version:
                Room.objects.filter(pk=room.pk).update(last_seq=room.last_seq, version=room.version)

    def _members(self):
        authors = {draft.author_id for draft in self.drafts}
        found = Membership.objects.filter(room__in=self.rooms, user__in=authors).select_related("user")
        return {(member.room_id, member.user_id): member for member in found}

    def _known(self):
        client_ids = {draft.client_id for draft in self.drafts if isinstance(draft, Draft)}
        if not client_ids:
            return {}
        authors = {draft.author_id for draft in self.drafts}
        found = Message.objects.filter(room__in=self.rooms, author__in=authors, client_id__in=client_ids)
        return {(m.room_id, m.author_id, m.client_id): m for m in found.select_related("author", "room")}

    def _targets(self):
        changes = [draft for draft in self.drafts if isinstance(draft, Change)]
        if not changes:
            return {}
        places = Q(*(Q(room=change.room_id, seq=change.seq) for change in changes), _connector=Q.OR)
        found = Message.objects.filter(places).select_related("author", "room")
        return {(message.room_id, message.seq): message for message in found}
