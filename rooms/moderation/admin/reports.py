"""What people have reported: staff look at it, act, and it is settled.

Of a private conversation they see the one line that one of its two people has shown them; nothing else of it, and
nothing there is theirs to change.
"""

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import F
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.text import Truncator
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from accounts.models import StaffAct
from accounts.staff.forms import BanQuestion
from accounts.staff.model_admin import LABELS, Desk, Leaf, act
from accounts.staff.users import shown
from rooms.hub import facade
from rooms.log.drafts import StaffErasure
from rooms.models import rights
from rooms.moderation import service as moderation
from rooms.moderation.models import Report
from rooms.protocol.errors import ChatError

from .report_filters import Kind, Place, State

SHOWN_CHARACTERS, WHY_SHOWN_CHARACTERS = 160, 80
SHOWN_IN_LIST, SHOWN_ON_PAGE = 3, 100


class Folded(Leaf):
    """A row for each message, however often it was reported. Who searches may look for any of its reports."""

    def get_queryset(self, request, *args):
        found = super().get_queryset(request, *args)
        return found if self.query else found.filter(Report.standing_for_all())


@admin.register(Report)
class ReportAdmin(Desk):
    list_display = ["words", "became", "by", "where", "told", "times", "reported"]
    list_filter = [State, Kind, Place]
    search_fields = ["text", "why", "author__username", "reporter__username", "room__name"]
    search_help_text = gettext_lazy("Words of the message or of who reported it, the name of a user or of a room.")
    fields = ["said", "by", "where", "said_at", "line", "reasons", "became"]
    readonly_fields = ["said", "by", "where", "line", "reasons", "became"]
    ordering = [F("settled_at").desc(nulls_first=True), "-pk"]
    actions = ["settle", "erase_message", "mute_author", "remove_author", "ban_from_room", "ban_from_site"]

    def get_changelist(self, request, **kwargs):
        return Folded

    def get_queryset(self, request):
        loaded = ("author", "room", "message", "reporter", "settled_by")
        return super().get_queryset(request).select_related(*loaded).defer("message__text", "message__html")

    def get_object(self, request, object_id, from_field=None):
        report = super().get_object(request, object_id, from_field)
        if report is not None:
            self.look_up([report], SHOWN_ON_PAGE)
        return report

    def look_up(self, rows, most=SHOWN_IN_LIST):
        found = Report.of_messages({row.message_id for row in rows if row.message_id}, most)
        for row in rows:
            row.reports = [report for report in found if report.message_id == row.message_id] or [row]

    # --- Columns

    @admin.display(description=gettext_lazy("message"))
    def words(self, report):
        return Truncator(report.text).chars(SHOWN_CHARACTERS)

    @admin.display(description=gettext_lazy("message"))
    def said(self, report):
        return format_html('<blockquote class="reported" dir="auto">{}</blockquote>', report.text)

    @admin.display(description=gettext_lazy("author"))
    def by(self, report):
        return user_link(report.author)

    @admin.display(description=gettext_lazy("room"))
    def where(self, report):
        if report.room is None:
            return _("a room that is no more")
        if report.is_private:
            return _("private conversation")
        url = reverse("admin:rooms_room_change", args=[report.room_id])
        return format_html('<a href="{}">{}</a>', url, report.room.title)

    @admin.display(description=gettext_lazy("in the room"))
    def line(self, report):
        """Of what is private there is no page."""
        if report.message is None or report.is_private:
            return "—"
        url = reverse("admin:rooms_message_change", args=[report.message_id])
        is_erased = report.message.erased_at is not None
        return format_html('<a href="{}">{}</a> {}', url, report.message, _("erased") if is_erased else "")

    @admin.display(description=gettext_lazy("reported by, and why"))
    def told(self, report):
        short = [(user_link(one.reporter), Truncator(one.why).chars(WHY_SHOWN_CHARACTERS)) for one in report.reports]
        return list_of(report, short)

    @admin.display(description=gettext_lazy("reported by, and why"))
    def reasons(self, report):
        return list_of(report, [(user_link(one.reporter), f"{shown(one.at)} {one.why}") for one in report.reports])

    @admin.display(description=gettext_lazy("how often"))
    def times(self, report):
        return f"{times(report)}×"

    @admin.display(description=gettext_lazy("reported at"), ordering="at")
    def reported(self, report):
        return shown(report.at)

    @admin.display(description=gettext_lazy("state"))
    def became(self, report):
        if report.settled_at is None:
            return format_html('<b class="open">{}</b>', _("open"))
        words = [LABELS.get(report.outcome, _("settled")), report.settled_by, shown(report.settled_at)]
        return " · ".join(str(word) for word in words if word)

    def told_of(self, report):
        return f"{report.author or _('deleted user')}: {self.words(report)}"

    # --- Acts

    @act(gettext_lazy("Settle, and do nothing else"))
    def settle(self, request, report, answers):
        if not report.settle(request.user, "settle"):
            raise ValidationError(_("This is settled already."), code="settled")

    @act(gettext_lazy("Erase the message"), is_noted=True)
    def erase_message(self, request, report, answers):
        if report.message is None or not report.room or not rights.can_erase(request.user, report.room):
            raise unreachable()
        facade.on_loop(facade.post, StaffErasure(request.user.pk, report.room_id, report.message.seq))
        StaffAct.note(request.user, "erase", report.message, why=answers["reason"])
        report.settle(request.user, "erase")

    @act(gettext_lazy("Mute in the room"), is_noted=True)
    def mute_author(self, request, report, answers):
        keep_order(request, report, "mute", answers)

    @act(gettext_lazy("Remove from the room for ten minutes"), is_noted=True)
    def remove_author(self, request, report, answers):
        keep_order(request, report, "remove", answers)

    @act(gettext_lazy("Ban from the room"), is_noted=True)
    def ban_from_room(self, request, report, answers):
        keep_order(request, report, "ban", answers)

    @act(gettext_lazy("Ban from the site"), BanQuestion, is_noted=True)
    def ban_from_site(self, request, report, answers):
        author, until = report.author, answers["until"]
        if author is None or not request.user.has_power_over(author):
            raise ChatError("not_over_them")
        author.ban(answers["reason"], until)
        StaffAct.note(request.user, "ban", author, details=until.isoformat() if until else "", why=answers["reason"])
        report.settle(request.user, "ban")

    def acts_on(self, request, report):
        useful = set(useful_acts(request.user, report))
        return [(name, label) for name, label in super().acts_on(request, report) if name in useful]


def useful_acts(user, report):
    author, room, message = report.author, report.room, report.message
    if report.settled_at is None:
        yield "settle"
    if message and not message.erased_at and rights.can_erase(user, room):
        yield "erase_message"
    if author and room and not room.closed_at and rights.can_moderate_user(user, room, author):
        yield from ["mute_author"] if room.is_default else ["mute_author", "remove_author", "ban_from_room"]
    if author and user.has_power_over(author):
        yield "ban_from_site"


def keep_order(request, report, action, answers):
    if report.author is None or report.room is None:
        raise unreachable()
    guest = facade.OfflineActor(request.user, get_language())
    try:
        facade.on_loop(moderation.keep_order, guest, report.room_id, action, report.author_id, answers["reason"])
    except ChatError as refused:
        raise unreachable() if refused.code == "no_such_room" else refused from None
    report.settle(request.user, f"room_{action}")


def unreachable():
    return ValidationError(_("There is nothing to be done: it is private, closed or gone."), code="unreachable")


def times(report):
    return getattr(report.reports[0], "times", 1)


def list_of(report, lines):
    more = times(report) - len(lines)
    return format_html(
        '<ul class="told">{}</ul>{}',
        format_html_join("", '<li>{} <span dir="auto">{}</span></li>', lines),
        _("and %(count)s more") % {"count": more} if more else "",
    )


def user_link(user):
    if user is None:
        return _("deleted user")
    return format_html('<a href="{}">{}</a>', reverse("admin:accounts_user_change", args=[user.pk]), user.username)
