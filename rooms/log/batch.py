"""The write path: every message and every change of one is stored by `write`."""

from collections.abc import Collection, Sequence

from django.db.models import Q

from accounts.models import User
from rooms.models import Message, rights
from rooms.models.locked import Head, Member
from rooms.protocol.errors import ChatError

from . import sql
from .drafts import Change, Draft, DraftKey
from .outcomes import Outcome, Saved
from .sql import Transaction


def write(drafts: Sequence[Draft | Change]) -> list[Outcome]:
    """Store a batch of drafts in one transaction and return the outcome of each, in order.

    A database error stores none of them. If COMMIT fails, the outcome is unknown; retrying the same drafts is safe.
    """
    for draft in drafts:
        draft.render()  # slow, hence before any lock
    with Transaction() as transaction:
        return Batch(transaction, drafts).write()


class Batch:
    """A transaction's drafts with the state that decides about them, read under the locks of their rooms."""

    def __init__(self, transaction: Transaction, drafts: Sequence[Draft | Change]) -> None:
        self._transaction = transaction
        self._drafts = drafts
        room_ids = {draft.room_id for draft in drafts}
        author_ids = {draft.author_id for draft in drafts}
        client_ids = {draft.client_id for draft in drafts if isinstance(draft, Draft)}
        self._heads, self._members, stored_ids = sql.lock(transaction, room_ids, author_ids, client_ids)
        self._stored = stored_messages(stored_ids)
        self._targets = target_messages([draft for draft in drafts if isinstance(draft, Change)])
        self._authors: dict[int, User] = {}
        self._inserted: list[Message] = []
        self._updated: dict[int | None, Message] = {}
        self._slowed: list[Member] = []

    def write(self) -> list[Outcome]:
        outcomes = [self._write(draft) for draft in self._drafts]
        sql.save(self._transaction, self._heads.values(), self._inserted, self._updated.values(), self._slowed)
        return outcomes

    def _write(self, draft: Draft | Change) -> Outcome:
        head = self._heads.get(draft.room_id)
        if head is None:
            return ChatError("no_such_room")
        member = self._members.get((draft.room_id, draft.author_id))
        if isinstance(draft, Draft):
            return self._insert(draft, head, member)
        return self._update(draft, head, member)

    def _insert(self, draft: Draft, head: Head, member: Member | None) -> Outcome:
        # Before any refusal: a retry gets its answer even if the author was removed, or the room closed, meanwhile.
        if stored := self._stored.get(draft.key):
            return Saved(stored, head, duplicate=True, kind=draft.kind)
        if member is None:
            return rights.stranger_error(head)
        if error := rights.member_error(head, member) or draft.error(head, member):
            return error
        message = draft.message(head, self._author(member))
        self._stored[draft.key] = message
        self._inserted.append(message)
        if head.slow_seconds:
            member.idle_seconds = 0.0
            self._slowed.append(member)
        return Saved(message, head, duplicate=False, kind=draft.kind)

    def _update(self, change: Change, head: Head, member: Member | None) -> Outcome:
        if error := write_error(change, head, member):
            return error
        message = self._targets.get((change.room_id, change.seq))
        if message is None:
            return ChatError("no_such_message")
        if message.author_id != change.author_id and not change.by_staff:
            return ChatError("not_yours")
        if change.is_applied(message):
            return Saved(message, head, duplicate=True, kind=change.kind)
        if message.erased_at:
            return ChatError("no_such_message")
        if error := change.error(head, member):
            return error
        message.version = head.next_version()
        change.apply(message)
        self._updated[message.pk] = message
        return Saved(message, head, duplicate=False, kind=change.kind)

    def _author(self, member: Member) -> User:
        """One `User` for each author of the batch, made of the member's columns instead of another query."""
        if member.pk not in self._authors:
            self._authors[member.pk] = User(pk=member.pk, username=member.name)
        return self._authors[member.pk]


def write_error(change: Change, head: Head, member: Member | None) -> ChatError | None:
    if change.by_staff:
        return rights.staff_write_error(head)
    return rights.stranger_error(head) if member is None else rights.member_error(head, member)


def stored_messages(ids: Collection[int]) -> dict[DraftKey, Message]:
    """Messages by `Draft.key`, their authors loaded."""
    if not ids:
        return {}
    found = Message.objects.filter(pk__in=ids).select_related("author")
    return {(message.room_id, message.author_id, message.client_id): message for message in found if message.author_id}


def target_messages(changes: Sequence[Change]) -> dict[tuple[int, int], Message]:
    """The messages to be changed, by room and seq, their authors loaded."""
    if not changes:
        return {}
    places = Q(*(Q(room=change.room_id, seq=change.seq) for change in changes), _connector=Q.OR)
    found = Message.objects.filter(places).select_related("author")
    return {(message.room_id, message.seq): message for message in found}
