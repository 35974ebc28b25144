"""Messages reported to the site's staff."""

from collections.abc import Iterable

from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q, Window
from django.db.models.functions import RowNumber
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from rooms.models.message import Message, is_unicode
from rooms.models.room import Room
from rooms.protocol.errors import ChatError

REASON_MAX_CHARACTERS = 1000
OUTCOME_MAX_CHARACTERS = 20


class Report(models.Model):
    """One user's report of a message, with the text at the time of the report; kept when the message is deleted.

    Of a private conversation staff can read the reported message only. `outcome` is the staff log's name of the
    action that settled the report.
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
    outcome = models.CharField(max_length=OUTCOME_MAX_CHARACTERS, blank=True, default="", db_default="")

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        constraints = [models.UniqueConstraint(fields=["message", "reporter"], name="reported_once")]
        # Open reports first: in a descending index PostgreSQL puts NULLs first.
        indexes = [models.Index(fields=["-settled_at", "-id"], name="reports_open_first")]

    def __str__(self) -> str:
        return f"{self.author or ''} {self.message or ''}".strip()

    @classmethod
    def make(cls, reporter: User, room_id: int, seq: int, why: str = "") -> "Report":
        """Report a message that the reporter can read. Idempotent.

        Raises `no_such_room`, `no_such_message`, `bad_text`.
        """
        room = Room.visible_to(reporter, room_id)
        message = room.message_set.filter(seq=seq, erased_at=None).first()
        if message is None:
            raise ChatError("no_such_message")
        if "\0" in why or not is_unicode(why):
            raise ChatError("bad_text", field="why")
        snapshot = {"room": room, "author": message.author, "text": message.text, "said_at": message.at, "why": why}
        return cls.objects.get_or_create(message=message, reporter=reporter, defaults=snapshot)[0]

    @classmethod
    def one_per_message(cls) -> Q:
        """A filter that keeps the newest report of each message, and the newest open one if any is open."""
        newer = cls.objects.filter(message=OuterRef("message"), pk__gt=OuterRef("pk"))
        return ~Exists(newer.filter(settled_at=None)) & (Q(settled_at=None) | ~Exists(newer))

    @classmethod
    def newest_of_messages(cls, message_ids: Iterable[int], limit: int) -> "list[Report]":
        """The newest `limit` reports of each message, newest first, reporters loaded. One query.

        Each is annotated with `times`, the number of reports of its message.
        """
        each, newest_first = F("message"), F("pk").desc()
        ranked = cls.objects.filter(message__in=message_ids).annotate(
            rank=Window(RowNumber(), partition_by=each, order_by=newest_first),
            times=Window(Count("pk"), partition_by=each),
        )
        return list(ranked.filter(rank__lte=limit).select_related("reporter").order_by("-pk"))

    @property
    def is_private(self) -> bool:
        return self.room is not None and self.room.kind == Room.Kind.DIRECT

    def settle(self, by: User, outcome: str) -> int:
        """Settle all open reports of the message; return how many there were."""
        same_message = Q(message=self.message_id) if self.message_id else Q(pk=self.pk)
        still_open = Report.objects.filter(same_message, settled_at=None)
        return still_open.update(settled_at=timezone.now(), settled_by=by, outcome=outcome)
