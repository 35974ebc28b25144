"""What somebody wants written to a room's log: a new message, or a change of their own."""

from dataclasses import dataclass, field
from typing import ClassVar
from uuid import UUID

from django.utils import timezone

from accounts.models import User
from rooms import markup
from rooms.models import rights
from rooms.models.message import Message, validate_text
from rooms.protocol.errors import ChatError

from .sql import Head


@dataclass(frozen=True, slots=True)
class Saved:
    """A message as it now is in the log, its author loaded; `duplicate` if it was so before."""

    message: Message
    head: Head
    duplicate: bool


@dataclass(frozen=True, slots=True)
class Draft:
    """Something to be said. Making one raises `bad_text`, `blank` or `too_long`."""

    author_id: int
    room_id: int
    client_id: UUID
    text: str
    html: str = field(default="", init=False, compare=False)
    is_official: ClassVar[bool] = False

    def __post_init__(self):
        object.__setattr__(self, "text", validate_text(self.text))

    def render(self):
        """Make the text's HTML. Takes its time, and may ask the database who is mentioned."""
        object.__setattr__(self, "html", markup.render(self.text, User.objects.ids_by_name))

    @property
    def characters(self):
        """How much there is to render."""
        return len(self.text)

    @property
    def key(self):
        return (self.room_id, self.author_id, self.client_id)

    def apply(self, batch, head, member):
        """Take the next place in the room's log, or learn why there is none."""
        if refused := rights.refusal_of_words(head, member) or rights.refusal_of_haste(head, member):
            return refused
        seq, version = head.draw_seq()
        message = Message(
            room_id=head.room_id,
            seq=seq,
            version=version,
            author=batch.author(member),
            client_id=self.client_id,
            text=self.text,
            html=self.html,
        )
        batch.said(self.key, message, head, member)
        return Saved(message, head, duplicate=False)


@dataclass(frozen=True, slots=True)
class Change:
    """Something to be done to one's own message at `seq`. Doing it twice is doing it once.

    `is_official`: staff do it to anybody's in any public room, whether it is open, and whether they have been there.
    """

    author_id: int
    room_id: int
    seq: int
    is_official: ClassVar[bool] = False

    @property
    def characters(self):
        """How much there is to render."""
        return 0

    def render(self):
        """Make the HTML of a new text, if there is one."""

    def apply(self, batch, head, member):
        """Change the message and give it the room's next version; `no_such_message` or `not_yours` if it cannot be."""
        message = batch.targets.get((self.room_id, self.seq))
        if message is None:
            return ChatError("no_such_message")
        if message.author_id != self.author_id and not self.is_official:
            return ChatError("not_yours")
        if self.is_done(message):
            return Saved(message, head, duplicate=True)
        if message.erased_at:
            return ChatError("no_such_message")
        if refused := self.refusal(head, member):
            return refused
        message.version = head.draw_version()
        self.change(message)
        batch.changed(message)
        return Saved(message, head, duplicate=False)

    def refusal(self, head, member):
        """Why this member may not, though the message is theirs; None if they may."""

    def is_done(self, message: Message) -> bool:
        raise NotImplementedError

    def change(self, message: Message) -> None:
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Edit(Change):
    """Another text. Making one raises what a `Draft` raises."""

    text: str
    html: str = field(default="", init=False, compare=False)

    def __post_init__(self):
        object.__setattr__(self, "text", validate_text(self.text))

    @property
    def characters(self):
        return len(self.text)

    def render(self):
        object.__setattr__(self, "html", markup.render(self.text, User.objects.ids_by_name))

    def refusal(self, head, member):
        return rights.refusal_of_words(head, member)

    def is_done(self, message):
        return message.text == self.text and not message.erased_at

    def change(self, message):
        message.text, message.html = self.text, self.html
        message.edited_at = timezone.now()


@dataclass(frozen=True, slots=True)
class Erasure(Change):
    """The text is gone for good; the place in the log stays, as a tombstone."""

    def is_done(self, message):
        return message.erased_at is not None

    def change(self, message):
        message.text = message.html = ""
        message.erased_at = timezone.now()


class Removal(Erasure):
    """An erasure by staff; whoever makes one has asked whether they are."""

    __slots__ = ()
    is_official = True
