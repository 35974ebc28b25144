"""What was said."""

import unicodedata

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms import markup
from rooms.protocol.errors import ChatError

# Drawn as nothing, though Unicode counts them as letters or symbols.
EMPTY_GLYPHS = frozenset("\u115f\u1160\u2800\u3164\uffa0")


class Message(models.Model):
    """A line in a room's log: `seq` is its place and never changes, `version` says when it last changed."""

    # The indexes below begin with the room; one of the room alone would only be written.
    room = models.ForeignKey("rooms.Room", models.CASCADE, db_index=False, verbose_name=_("room"))
    seq = models.PositiveBigIntegerField(_("place"))
    version = models.PositiveBigIntegerField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, verbose_name=_("author"))
    client_id = models.UUIDField()
    text = models.TextField(_("text"))
    # What the text's marks mean; empty where they mean nothing, which is nearly always.
    html = models.TextField(editable=False, blank=True, default="", db_default="")
    at = models.DateTimeField(_("said at"), default=timezone.now)
    edited_at = models.DateTimeField(_("edited"), null=True, blank=True)
    erased_at = models.DateTimeField(_("erased"), null=True, blank=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.UniqueConstraint(fields=["room", "seq"], name="one_message_a_place"),
            models.UniqueConstraint(fields=["room", "author", "client_id"], name="said_once"),
        ]
        indexes = [models.Index(fields=["room", "version"], name="message_by_version")]

    def __str__(self):
        return f"{self.room_id}#{self.seq}"

    @property
    def rendered(self):
        """The text as HTML that is safe to show; empty when it is erased."""
        return self.html or (markup.plain(self.text) if self.text else "")

    def to_dict(self):
        """A message as everybody sees it: socket, REST, page, export."""
        return {
            "seq": self.seq,
            "version": self.version,
            "id": str(self.client_id),
            "author": self.author and self.author.to_dict(),
            "text": self.text,
            "html": self.rendered,
            "at": isoformat_ms(self.at),
            "edited": self.edited_at is not None,
            "erased": self.erased_at is not None,
        }


def isoformat_ms(moment):
    """UTC with milliseconds, as in `2026-11-21T09:30:00.123Z`."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def validate_text(text):
    """`text` with plain line ends, if it can be said; raises `bad_text`, `blank` or `too_long`."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text or not is_unicode(text):
        raise ChatError("bad_text", field="text")
    if len(text) > settings.CHAT_MESSAGE_CHARACTERS:
        raise ChatError("too_long", field="text", limit=settings.CHAT_MESSAGE_CHARACTERS, length=len(text))
    if not any(is_drawn(character) for character in text):
        raise ChatError("blank", field="text")
    return text


def is_unicode(text):
    """Whether the text holds no lone surrogates, which no UTF-8 has and no database takes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_drawn(character):
    """Whether something can be seen: separators, controls and lone marks cannot."""
    return unicodedata.category(character)[0] not in "ZCM" and character not in EMPTY_GLYPHS
