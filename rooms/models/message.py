"""A message of a room's log, and the validation of its text."""

import unicodedata
from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms import markup
from rooms.protocol.errors import ChatError
from rooms.protocol.schemas import MessageDict

# Letters and symbols by their Unicode category, but rendered without any ink.
EMPTY_GLYPHS = frozenset("\u115f\u1160\u2800\u3164\uffa0")


class Message(models.Model):
    """A message: `seq` is its permanent place in the room's log, `version` the room's version at its last change."""

    # No index of its own: the composite ones below begin with the room.
    room = models.ForeignKey("rooms.Room", models.CASCADE, db_index=False, verbose_name=_("room"))
    seq = models.PositiveBigIntegerField(_("place"))
    version = models.PositiveBigIntegerField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, verbose_name=_("author"))
    client_id = models.UUIDField()
    text = models.TextField(_("text"))
    # Empty for a text without markup, which is nearly every one.
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

    def __str__(self) -> str:
        return f"{self.room_id}#{self.seq}"

    @property
    def rendered(self) -> str:
        """The text as safe HTML; empty once erased."""
        return self.html or (markup.plain(self.text) if self.text else "")

    def to_dict(self) -> MessageDict:
        """The message as everybody sees it: over the socket and REST, on the page, in exports."""
        return {
            "seq": self.seq,
            "version": self.version,
            "id": str(self.client_id),
            "author": self.author.to_dict() if self.author else None,
            "text": self.text,
            "html": self.rendered,
            "at": isoformat_ms(self.at),
            "edited": self.edited_at is not None,
            "erased": self.erased_at is not None,
        }


def isoformat_ms(moment: datetime) -> str:
    """An aware UTC time in ISO 8601 with milliseconds: `2026-11-21T09:30:00.123Z`."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def validate_text(text: str) -> str:
    """The text with line ends normalized to LF; raises `bad_text`, `blank` or `too_long`."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text or not is_unicode(text):
        raise ChatError("bad_text", field="text")
    if len(text) > settings.CHAT_MESSAGE_CHARACTERS:
        raise ChatError("too_long", field="text", limit=settings.CHAT_MESSAGE_CHARACTERS, length=len(text))
    if not any(is_visible(character) for character in text):
        raise ChatError("blank", field="text")
    return text


def is_unicode(text: str) -> bool:
    """False for a text with lone surrogates, which UTF-8 cannot encode and no database stores."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_visible(character: str) -> bool:
    """False for separators, controls, combining marks and glyphs without ink."""
    return unicodedata.category(character)[0] not in "ZCM" and character not in EMPTY_GLYPHS
