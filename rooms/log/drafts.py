"""Drafts: new messages and changes of messages, as given to `rooms.log.batch.write`.

Each has a `kind`, which the outcome carries to every reader: metrics, read markers and features go by it.
"""

from dataclasses import dataclass, field
from typing import ClassVar
from uuid import UUID

from django.utils import timezone

from accounts.models import User
from rooms import markup
from rooms.models import rights
from rooms.models.locked import Head, Member
from rooms.models.message import Message, validate_text
from rooms.protocol.errors import ChatError
from rooms.protocol.schemas import ChangeKind

DraftKey = tuple[int, int, UUID]  # room, author, client id


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to be stored. The constructor raises `bad_text`, `blank` or `too_long`.

    `client_id` makes a retry idempotent: the author's client chooses it once for each message.
    """

    author_id: int
    room_id: int
    client_id: UUID
    text: str
    html: str = field(default="", init=False, compare=False)
    kind: ClassVar[ChangeKind] = "message"

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", validate_text(self.text))

    @property
    def characters(self) -> int:
        """Number of characters to render."""
        return len(self.text)

    @property
    def key(self) -> DraftKey:
        return (self.room_id, self.author_id, self.client_id)

    def render(self) -> None:
        """Set `html`. Slow for long texts, and may query the database for the mentioned names."""
        object.__setattr__(self, "html", markup.render(self.text, User.objects.ids_by_name))

    def error(self, head: Head, member: Member) -> ChatError | None:
        """The refusal of this message by the room's state, None if there is none."""
        return rights.text_error(head, member) or rights.slow_mode_error(head, member)

    def message(self, head: Head, author: User) -> Message:
        """The message at the next place of the room's log."""
        seq, version = head.next_seq()
        return Message(
            room_id=head.room_id,
            seq=seq,
            version=version,
            author=author,
            client_id=self.client_id,
            text=self.text,
            html=self.html,
        )


@dataclass(frozen=True, slots=True)
class Change:
    """An idempotent change of the author's own message at `seq`; the base class of all changes.

    `by_staff`: a change of anybody's message in a public room, open or closed, without a membership. The caller
    has checked the permission.
    """

    author_id: int
    room_id: int
    seq: int
    kind: ClassVar[ChangeKind]
    by_staff: ClassVar[bool] = False

    @property
    def characters(self) -> int:
        """Number of characters to render."""
        return 0

    def render(self) -> None:
        """Set the HTML of a new text, if there is one."""

    def error(self, head: Head, member: Member | None) -> ChatError | None:
        """The refusal of this change by the room's state, None if there is none."""
        return None

    def is_applied(self, message: Message) -> bool:
        """Whether the message is already as this change makes it."""
        raise NotImplementedError

    def apply(self, message: Message) -> None:
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class MessageEdit(Change):
    """A new text. The constructor raises `bad_text`, `blank` or `too_long`."""

    text: str
    html: str = field(default="", init=False, compare=False)
    kind: ClassVar[ChangeKind] = "edit"

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", validate_text(self.text))

    @property
    def characters(self) -> int:
        return len(self.text)

    def render(self) -> None:
        object.__setattr__(self, "html", markup.render(self.text, User.objects.ids_by_name))

    def error(self, head: Head, member: Member | None) -> ChatError | None:
        return rights.text_error(head, member) if member else None

    def is_applied(self, message: Message) -> bool:
        return message.text == self.text and not message.erased_at

    def apply(self, message: Message) -> None:
        message.text, message.html = self.text, self.html
        message.edited_at = timezone.now()


@dataclass(frozen=True, slots=True)
class MessageErasure(Change):
    """Delete the text for good; the message keeps its place as a tombstone."""

    kind: ClassVar[ChangeKind] = "erase"

    def is_applied(self, message: Message) -> bool:
        return message.erased_at is not None

    def apply(self, message: Message) -> None:
        message.text = message.html = ""
        message.erased_at = timezone.now()


class StaffErasure(MessageErasure):
    """An erasure of anybody's message by staff (`rights.can_erase`)."""

    __slots__ = ()
    by_staff = True
