"""Reading a room's log: pages by seq, and what changed since a version."""

import secrets
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

PAGE_MESSAGES = 50
PAGE_CHARACTERS = 128 * 1024  # a page of the longest messages must not look like a client that does not read
CATCH_UP_CHANGES = 500
A_PART = 2000


@dataclass(frozen=True, slots=True)
class Changes:
    """What a reader lacks after `since`: `messages` in version order; with them complete up to `version` of `epoch`.

    `reset`: no unbroken continuation could be given; `messages` are then the last page, `more` tells of older ones.
    """

    room_id: int
    epoch: str
    since: int
    version: int
    messages: list
    reset: bool = False
    more: bool = False


class History:
    """What a `Room` can tell of its past."""

    @classmethod
    def since(cls, room_id, epoch, version, changes=CATCH_UP_CHANGES, characters=PAGE_CHARACTERS):
        """`Changes` after `version` of `epoch`, or a reset when that is no place in this log to go on from.

        So many changes, and characters of text and HTML, make no reset yet.
        """
        room = cls.objects.get(pk=room_id)
        if epoch != room.epoch or not room.floor <= version <= room.version:
            return room.last_page()
        # Each row carries the room's version of its own snapshot: a change committed between two reads is not lost.
        messages = list(
            room.message_set.filter(version__gt=version)
            .annotate(head=F("room__version"))
            .select_related("author")
            .order_by("version")[: changes + 1]
        )
        if len(messages) > changes or len(list(first_of(messages, characters))) < len(messages):
            return room.last_page()
        head = messages[0].head if messages else room.version
        return Changes(room_id, room.epoch, version, head, messages)

    def last_page(self):
        """The newest messages as a reset. Read after the room's row, so nothing up to its version is missing."""
        messages, more = self.page()
        return Changes(self.pk, self.epoch, 0, self.version, messages, reset=True, more=more)

    def page(self, *, before=None, after=None, around=None, limit=PAGE_MESSAGES):
        """Up to `limit` messages by seq, oldest first, and whether there are further ones in that direction.

        Without a place: the newest. `around` gives those before and after a seq, itself included.
        """
        if around is not None:
            older, more = self.page(before=around + 1, limit=(limit + 1) // 2)
            newer, _more = self.page(after=around, limit=limit // 2)
            return older + newer, more
        log = self.message_set.select_related("author")
        if after is not None:
            messages = list(log.filter(seq__gt=after).order_by("seq")[: limit + 1])
            page = list(first_of(messages[:limit]))
            return page, len(messages) > len(page)
        if before is not None:
            log = log.filter(seq__lt=before)
        messages = list(log.order_by("-seq")[: limit + 1])
        page = list(first_of(messages[:limit]))
        return page[::-1], len(messages) > len(page)

    def empty(self):
        """Delete for good what was said here up to now; every reader of the log begins it anew.

        A part at a time: a long log deleted at once would hold up others, and run out of time.
        """
        room = type(self).objects.get(pk=self.pk)
        while oldest := list(self.message_set.filter(seq__lte=room.last_seq).order_by("seq").values("pk")[:A_PART]):
            self.message_set.filter(pk__in=[row["pk"] for row in oldest]).delete()
        with transaction.atomic():
            changes = {"epoch": secrets.token_hex(4), "version": F("version") + 1, "floor": F("version") + 1}
            type(self).objects.filter(pk=self.pk).update(**changes)
            self.membership_set.filter(read_seq__lt=room.last_seq).update(read_seq=room.last_seq, changed_at=Now())
        self.refresh_from_db(fields=["epoch", "version", "floor"])


def first_of(messages, characters=PAGE_CHARACTERS):
    """As many of the messages as fit into a page of so many characters; at least one."""
    room_left = characters
    for message in messages:
        yield message
        room_left -= len(message.text) + len(message.html)
        if room_left <= 0:
            return
