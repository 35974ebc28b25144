"""The one verb that writes to the log."""

from collections.abc import Sequence

from django.db.models import Q

from accounts.models import User
from rooms.models import rights
from rooms.models.message import Message
from rooms.protocol.errors import ChatError

from . import sql
from .changes import Change, Draft, Saved
from .transaction import Transaction


def write(drafts: Sequence[Draft | Change]) -> list[Saved | ChatError]:
    """Store a batch of drafts in one transaction: for each, in order, what became of it.

    A database error stores none of them. When it strikes at the commit nobody knows whether they are stored; writing
    the same drafts again is always safe.
    """
    for draft in drafts:
        draft.render()  # slow, so before any lock
    with Transaction() as transaction:
        return Batch(transaction, drafts).write()


class Batch:
    """Drafts together with all that decides about them, read under the locks of their rooms."""

    def __init__(self, transaction, drafts):
        self.transaction = transaction
        self.drafts = drafts
        room_ids = {draft.room_id for draft in drafts}
        author_ids = {draft.author_id for draft in drafts}
        client_ids = {draft.client_id for draft in drafts if isinstance(draft, Draft)}
        self.heads, self.members, known = sql.lock(transaction, room_ids, author_ids, client_ids)
        self.known = self._messages(known)
        self.targets = self._targets()
        self._authors = {}
        self._said = []
        self._changed = {}
        self._spoke = []

    def write(self):
        outcomes = [self._said_before(draft) or self._write(draft) for draft in self.drafts]
        sql.save(self.transaction, self.heads.values(), self._said, self._changed.values(), self._spoke)
        return outcomes

    def said(self, key, message, head, member):
        self.known[key] = message
        self._said.append(message)
        if head.slow_seconds:
            member.quiet_seconds = 0
            self._spoke.append(member)

    def changed(self, message):
        self._changed[message.pk] = message

    def _said_before(self, draft):
        """Its answer again, whatever has become of the room since: its author may have missed it."""
        message = self.known.get(draft.key) if isinstance(draft, Draft) else None
        return message and Saved(message, self.heads[draft.room_id], duplicate=True)

    def author(self, member):
        if member.pk not in self._authors:
            self._authors[member.pk] = User(pk=member.pk, username=member.name)
        return self._authors[member.pk]

    def _write(self, draft):
        head = self.heads.get(draft.room_id)
        member = self.members.get((draft.room_id, draft.author_id))
        if draft.is_official:
            return rights.refusal_to_staff(head) or draft.apply(self, head, member)
        return rights.refusal(head, member) or draft.apply(self, head, member)

    def _messages(self, ids):
        messages = Message.objects.filter(pk__in=ids).select_related("author") if ids else []
        return {(message.room_id, message.author_id, message.client_id): message for message in messages}

    def _targets(self):
        changes = [draft for draft in self.drafts if isinstance(draft, Change)]
        if not changes:
            return {}
        places = Q(*(Q(room=change.room_id, seq=change.seq) for change in changes), _connector=Q.OR)
        found = Message.objects.filter(places).select_related("author")
        return {(message.room_id, message.seq): message for message in found}
