"""The one verb that writes to the log."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q

from rooms.errors import ChatError

from . import head
from .draft import Change, Draft, Saved
from .message import Message


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
        self.heads = head.Head.lock({draft.room_id for draft in drafts})
        self.authors = {draft.author_id for draft in drafts}
        self.members = head.members(self.heads, self.authors) if self.heads else {}
        self.known = self._known()
        self.targets = self._targets()
        self._said = []
        self._changed = {}

    def write(self):
        outcomes = [self._refusal(draft) or self._apply(draft) for draft in self.drafts]
        if self._said:
            head.say(self._said)
        if self._changed:
            Message.objects.bulk_update(self._changed.values(), ["text", "version", "edited_at", "erased_at"])
        for room in self.heads.values():
            room.save()
        return outcomes

    def said(self, key, message):
        self.known[key] = message
        self._said.append(message)

    def changed(self, message):
        self._changed[message.pk] = message

    def _refusal(self, draft):
        room = self.heads.get(draft.room_id)
        if room is None or not room.is_open:
            return ChatError("no_such_room")
        _name, may_write = self.members.get((draft.room_id, draft.author_id), (None, False))
        if not may_write:
            return ChatError("no_such_room" if room.is_direct else "not_here")
        return None

    def _apply(self, draft):
        name, _may_write = self.members[draft.room_id, draft.author_id]
        return draft.apply(self, self.heads[draft.room_id], name)

    def _known(self):
        client_ids = {draft.client_id for draft in self.drafts if isinstance(draft, Draft)}
        found = head.known(self.heads, self.authors, client_ids) if client_ids and self.heads else []
        messages = Message.objects.filter(pk__in=found).select_related("author") if found else []
        return {(message.room_id, message.author_id, message.client_id): message for message in messages}

    def _targets(self):
        changes = [draft for draft in self.drafts if isinstance(draft, Change)]
        if not changes:
            return {}
        places = Q(*(Q(room=change.room_id, seq=change.seq) for change in changes), _connector=Q.OR)
        found = Message.objects.filter(places).select_related("author")
        return {(message.room_id, message.seq): message for message in found}
