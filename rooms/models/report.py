"""What people tell staff of."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms.errors import ChatError

from .message import Message, is_unicode
from .room import Room

WHY_CHARACTERS = 1000


class Report(models.Model):
    """A message somebody reported, with the text as it was then; it outlives the message."""

    message = models.ForeignKey(Message, models.SET_NULL, null=True, related_name="+", verbose_name=_("message"))
    room = models.ForeignKey("rooms.Room", models.SET_NULL, null=True, related_name="+", verbose_name=_("room"))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("author")
    )
    text = models.TextField(_("text"))
    said_at = models.DateTimeField(_("said at"))
    reporter = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("reported by")
    )
    why = models.TextField(_("why"), blank=True)
    at = models.DateTimeField(_("reported at"), default=timezone.now, db_index=True)
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("settled by")
    )

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        constraints = [models.UniqueConstraint(fields=["message", "reporter"], name="reported_once")]

    def __str__(self):
        return f"{self.message}: {self.text[:50]}"

    @classmethod
    def make(cls, reporter, room_id, seq, why=""):
        """Report a message that the reporter can read; again is once. Raises `no_such_room`, `no_such_message`."""
        room = Room.visible_to(reporter, room_id)
        message = room.message_set.filter(seq=seq, erased_at=None).first()
        if message is None:
            raise ChatError("no_such_message")
        if "\0" in why or not is_unicode(why):
            raise ChatError("bad_text", field="why")
        told = {"room": room, "author": message.author, "text": message.text, "said_at": message.at, "why": why}
        return cls.objects.get_or_create(message=message, reporter=reporter, defaults=told)[0]

    @classmethod
    def settle(cls, reports, by):
        reports.filter(settled_at=None).update(settled_at=timezone.now(), settled_by=by)
