"""What people tell staff of."""

from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q, Window
from django.db.models.functions import RowNumber
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms.models.message import Message, is_unicode
from rooms.models.room import Room
from rooms.protocol.errors import ChatError

WHY_CHARACTERS = 1000
OUTCOME_CHARACTERS = 20


class Report(models.Model):
    """A message somebody reported, with the text as it was then; it outlives the message.

    Of a private conversation staff see that one line, which one of its two people shows them, and nothing else.
    `outcome` is the staff log's word for what was done when it was settled.
    """

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
    outcome = models.CharField(max_length=OUTCOME_CHARACTERS, blank=True, default="", db_default="")

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        constraints = [models.UniqueConstraint(fields=["message", "reporter"], name="reported_once")]
        # NULLs, the open ones, come first where PostgreSQL goes down.
        indexes = [models.Index(fields=["-settled_at", "-id"], name="reports_open_first")]

    def __str__(self):
        return f"{self.author or ''} {self.message or ''}".strip()

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
    def standing_for_all(cls):
        """A filter that leaves one report of each message, the newest; an open one is hidden by open ones only."""
        newer = cls.objects.filter(message=OuterRef("message"), pk__gt=OuterRef("pk"))
        return ~Exists(newer.filter(settled_at=None)) & (Q(settled_at=None) | ~Exists(newer))

    @classmethod
    def of_messages(cls, message_ids, most):
        """The newest `most` reports of each of these messages, newest first, the reporters loaded.

        `times` says how many there are of the message. One query.
        """
        each, newest_first = F("message"), F("pk").desc()
        counted = cls.objects.filter(message__in=message_ids).annotate(
            place=Window(RowNumber(), partition_by=each, order_by=newest_first),
            times=Window(Count("pk"), partition_by=each),
        )
        return list(counted.filter(place__lte=most).select_related("reporter").order_by("-pk"))

    @property
    def is_private(self):
        return self.room is not None and self.room.kind == Room.Kind.DIRECT

    def settle(self, by, outcome):
        """Settle this and all other open reports of the same message; how many those were."""
        same = Q(message=self.message_id) if self.message_id else Q(pk=self.pk)
        found = Report.objects.filter(same, settled_at=None)
        return found.update(settled_at=timezone.now(), settled_by=by, outcome=outcome)
