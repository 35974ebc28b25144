"""Reads of a room's log: pages by `seq`, and changes since a version."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from rooms.models import Message, Room
from rooms.models.room import new_epoch
from rooms.protocol.schemas import ChangeKind

PAGE_MESSAGES = 50
# Limits the bytes of one frame: to the backpressure check, a page of the longest messages looks like a slow client.
PAGE_CHARACTERS = 128 * 1024
CATCH_UP_CHANGES = 500
DELETED_AT_ONCE = 2000

MessagePage = tuple[list[Message], bool]  # oldest first; whether there are more in that direction


@dataclass(frozen=True, slots=True)
class LogChanges:
    """Messages that changed after version `since`, in version order, complete up to `version` of `epoch`.

    `reset`: the reader cannot continue from its version; `messages` are the last page, `more` tells of older ones.
    """

    room_id: int
    epoch: str
    since: int
    version: int
    messages: Sequence[Message]
    reset: bool = False
    more: bool = False

    def kinds(self, last_seq: int) -> list[ChangeKind]:
        """The kind of each message's change for a reader that has all messages up to `last_seq`."""
        return [change_kind(message, last_seq) for message in self.messages]


def changes_since(
    room_id: int,
    epoch: str,
    version: int,
    max_changes: int = CATCH_UP_CHANGES,
    max_characters: int = PAGE_CHARACTERS,
) -> LogChanges:
    """Changes after `version` of `epoch`.

    A reset where the epoch or the version is not of this log, or where there are more changes, or more characters of
    text and HTML, than the limits.
    """
    room = Room.objects.get(pk=room_id)
    if epoch != room.epoch or not room.floor <= version <= room.version:
        return last_page(room)
    # The room's version as each row's snapshot has it: it covers a commit between the two queries.
    messages = list(
        room.message_set.filter(version__gt=version)
        .annotate(head=F("room__version"))
        .select_related("author")
        .order_by("version")[: max_changes + 1]
    )
    if len(messages) > max_changes or len(list(fitting(messages, max_characters))) < len(messages):
        return last_page(room)
    return LogChanges(room_id, room.epoch, version, messages[0].head if messages else room.version, messages)


def last_page(room: Room) -> LogChanges:
    """The newest messages as a reset. The room must have been read before: then none up to its version is missing."""
    messages, more = page(room)
    return LogChanges(room.pk, room.epoch, 0, room.version, messages, reset=True, more=more)


def page(
    room: Room,
    *,
    before: int | None = None,
    after: int | None = None,
    around: int | None = None,
    limit: int = PAGE_MESSAGES,
) -> MessagePage:
    """Up to `limit` messages before or after a seq, or around one with itself included; without a seq the newest."""
    if around is not None:
        older, more = page(room, before=around + 1, limit=(limit + 1) // 2)
        newer, _more = page(room, after=around, limit=limit // 2)
        return older + newer, more
    log = room.message_set.select_related("author")
    if after is not None:
        return cut(list(log.filter(seq__gt=after).order_by("seq")[: limit + 1]), limit)
    if before is not None:
        log = log.filter(seq__lt=before)
    newest_first, more = cut(list(log.order_by("-seq")[: limit + 1]), limit)
    return newest_first[::-1], more


def cut(found: list[Message], limit: int) -> MessagePage:
    """At most `limit` of the messages found, and no more than fit a page; whether any are left over."""
    shown = list(fitting(found[:limit]))
    return shown, len(found) > len(shown)


def fitting(messages: Sequence[Message], max_characters: int = PAGE_CHARACTERS) -> Iterator[Message]:
    """The first of the messages, until their text and HTML reach the limit; at least one."""
    left = max_characters
    for message in messages:
        yield message
        left -= len(message.text) + len(message.html)
        if left <= 0:
            return


def change_kind(message: Message, last_seq: int) -> ChangeKind:
    """The kind of a change read from the log, for a reader that has all messages up to `last_seq`.

    The log stores states, not changes: of several changes the reader has missed, the strongest counts.
    """
    if message.seq > last_seq:
        return "message"
    if message.erased_at:
        return "erase"
    return "anonymise" if message.author_id is None else "edit"


def empty_log(room: Room) -> None:
    """Delete all messages up to now for good; a new epoch makes every reader start over.

    In batches: deleting a long log at once would block other writers, and time out.
    """
    last_seq = Room.objects.values_list("last_seq", flat=True).get(pk=room.pk)
    log = room.message_set.filter(seq__lte=last_seq).order_by("seq")
    while oldest := list(log.values_list("pk", flat=True)[:DELETED_AT_ONCE]):
        room.message_set.filter(pk__in=oldest).delete()
    with transaction.atomic():
        Room.objects.filter(pk=room.pk).update(epoch=new_epoch(), version=F("version") + 1, floor=F("version") + 1)
        unread = room.membership_set.filter(read_seq__lt=last_seq)
        unread.update(read_seq=last_seq, changed_at=Now())
    room.refresh_from_db(fields=["epoch", "version", "floor"])
