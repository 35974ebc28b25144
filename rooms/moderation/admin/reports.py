"""Reports on the staff site: a list of reported messages, and the actions that settle them.

Of a private conversation staff can read the reported message only, and can change nothing in it.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ValidationError
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from accounts.current_user import current_user
from accounts.models import StaffAct, User
from accounts.staff.actions import object_action
from accounts.staff.change_list import UncountedChangeList
from accounts.staff.forms import BanForm
from accounts.staff.model_admin import StaffModelAdmin
from accounts.staff.users import format_datetime
from rooms.hub import facade
from rooms.log.drafts import StaffErasure
from rooms.models import rights
from rooms.moderation import verbs
from rooms.moderation.models import Report
from rooms.protocol.errors import ChatError

from .report_filters import ReportedRoomFilter, RoomKindFilter, StateFilter

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    class ReportRow(Report):
        """A report with the newest reports of the same message, itself included, as `look_up` finds them."""

        reports: list[Report]


EXCERPT_CHARACTERS, REASON_EXCERPT_CHARACTERS = 160, 80
REPORTS_IN_LIST, REPORTS_ON_PAGE = 3, 100


class ReportList(UncountedChangeList):
    """One row per message. A search goes through all of its reports."""

    def get_queryset(
        self, request: HttpRequest, exclude_parameters: list[str | None] | None = None
    ) -> QuerySet[Report]:
        found = super().get_queryset(request, exclude_parameters)
        return found if self.query else found.filter(Report.one_per_message())


@admin.register(Report)
class ReportAdmin(StaffModelAdmin):
    list_display = ["excerpt", "state", "author_link", "room_link", "reporters", "times", "reported_at"]
    list_filter = [StateFilter, RoomKindFilter, ReportedRoomFilter]
    search_fields = ["text", "why", "author__username", "reporter__username", "room__name"]
    search_help_text = gettext_lazy("Words of the message or of who reported it, the name of a user or of a room.")
    fields = ["quote", "author_link", "room_link", "said_at", "message_link", "reasons", "state"]
    readonly_fields = ["quote", "author_link", "room_link", "message_link", "reasons", "state"]
    ordering = [F("settled_at").desc(nulls_first=True), "-pk"]
    actions = ["settle", "erase_message", "mute_author", "remove_author", "ban_from_room", "ban_from_site"]

    def get_changelist(self, request: HttpRequest, **kwargs: object) -> type[ChangeList]:
        return ReportList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Report]:
        loaded = ("author", "room", "message", "reporter", "settled_by")
        return super().get_queryset(request).select_related(*loaded).defer("message__text", "message__html")

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Report | None:
        report: ReportRow | None = super().get_object(request, object_id, from_field)
        if report is not None:
            self.annotate_rows([report], REPORTS_ON_PAGE)
        return report

    def annotate_rows(self, rows: Sequence["ReportRow"], limit: int = REPORTS_IN_LIST) -> None:
        found = Report.newest_of_messages({row.message_id for row in rows if row.message_id}, limit)
        for row in rows:
            row.reports = [report for report in found if report.message_id == row.message_id] or [row]

    # Columns

    @admin.display(description=gettext_lazy("message"))
    def excerpt(self, report: Report) -> str:
        return Truncator(report.text).chars(EXCERPT_CHARACTERS)

    @admin.display(description=gettext_lazy("message"))
    def quote(self, report: Report) -> SafeString:
        return format_html('<blockquote class="reported" dir="auto">{}</blockquote>', report.text)

    @admin.display(description=gettext_lazy("author"))
    def author_link(self, report: Report) -> str:
        return user_link(report.author)

    @admin.display(description=gettext_lazy("room"))
    def room_link(self, report: Report) -> str:
        if report.room is None:
            return _("a room that is no more")
        if report.is_private:
            return _("private conversation")
        url = reverse("admin:rooms_room_change", args=[report.room_id])
        return format_html('<a href="{}">{}</a>', url, report.room.title)

    @admin.display(description=gettext_lazy("in the room"))
    def message_link(self, report: Report) -> str:
        """A link to the message's page; private messages have none."""
        if report.message is None or report.is_private:
            return "—"
        url = reverse("admin:rooms_message_change", args=[report.message_id])
        is_erased = report.message.erased_at is not None
        return format_html('<a href="{}">{}</a> {}', url, report.message, _("erased") if is_erased else "")

    @admin.display(description=gettext_lazy("reported by, and why"))
    def reporters(self, report: "ReportRow") -> SafeString:
        short = [
            (user_link(one.reporter), Truncator(one.why).chars(REASON_EXCERPT_CHARACTERS)) for one in report.reports
        ]
        return list_of(report, short)

    @admin.display(description=gettext_lazy("reported by, and why"))
    def reasons(self, report: "ReportRow") -> SafeString:
        lines = [(user_link(one.reporter), f"{format_datetime(one.at)} {one.why}") for one in report.reports]
        return list_of(report, lines)

    @admin.display(description=gettext_lazy("how often"))
    def times(self, report: "ReportRow") -> str:
        return f"{report_count(report)}×"

    @admin.display(description=gettext_lazy("reported at"), ordering="at")
    def reported_at(self, report: Report) -> str | None:
        return format_datetime(report.at)

    @admin.display(description=gettext_lazy("state"))
    def state(self, report: Report) -> str:
        if report.settled_at is None:
            return format_html('<b class="open">{}</b>', _("open"))
        parts = [self.action_label(report.outcome, _("settled")), report.settled_by, format_datetime(report.settled_at)]
        return " · ".join(str(part) for part in parts if part)

    def describe(self, report: Report) -> str:
        return f"{report.author or _('deleted user')}: {self.excerpt(report)}"

    # Actions

    @object_action(gettext_lazy("Settle, and do nothing else"))
    def settle(self, request: HttpRequest, report: Report, cleaned_data: Mapping[str, Any]) -> None:
        if not report.settle(current_user(request), "settle"):
            raise ValidationError(_("This is settled already."), code="settled")

    @object_action(gettext_lazy("Erase the message"), is_recorded=True)
    def erase_message(self, request: HttpRequest, report: Report, cleaned_data: Mapping[str, Any]) -> None:
        staff = current_user(request)
        if report.message is None or not report.room or not rights.can_erase(staff, report.room):
            raise unreachable()
        facade.on_loop(facade.post, StaffErasure(staff.pk, report.room.pk, report.message.seq))
        StaffAct.record(staff, "erase", report.message, why=cleaned_data["reason"])
        report.settle(staff, "erase")

    @object_action(gettext_lazy("Mute in the room"), is_recorded=True)
    def mute_author(self, request: HttpRequest, report: Report, cleaned_data: Mapping[str, Any]) -> None:
        moderate_author(request, report, "mute", cleaned_data)

    @object_action(gettext_lazy("Remove from the room for ten minutes"), is_recorded=True)
    def remove_author(self, request: HttpRequest, report: Report, cleaned_data: Mapping[str, Any]) -> None:
        moderate_author(request, report, "remove", cleaned_data)

    @object_action(gettext_lazy("Ban from the room"), is_recorded=True)
    def ban_from_room(self, request: HttpRequest, report: Report, cleaned_data: Mapping[str, Any]) -> None:
        moderate_author(request, report, "ban", cleaned_data)

    @object_action(gettext_lazy("Ban from the site"), BanForm, is_recorded=True)
    def ban_from_site(self, request: HttpRequest, report: Report, cleaned_data: Mapping[str, Any]) -> None:
        staff, author, until = current_user(request), report.author, cleaned_data["until"]
        if author is None or not staff.has_power_over(author):
            raise ChatError("not_over_them")
        author.ban(cleaned_data["reason"], until)
        StaffAct.record(staff, "ban", author, details=until.isoformat() if until else "", why=cleaned_data["reason"])
        report.settle(staff, "ban")

    def actions_for(self, request: HttpRequest, report: Report) -> list[tuple[str, "StrOrPromise"]]:
        possible = set(possible_actions(current_user(request), report))
        return [(name, label) for name, label in super().actions_for(request, report) if name in possible]


def possible_actions(staff: User, report: Report) -> Iterator[str]:
    author, room, message = report.author, report.room, report.message
    if report.settled_at is None:
        yield "settle"
    if message and room and not message.erased_at and rights.can_erase(staff, room):
        yield "erase_message"
    if author and room and not room.closed_at and rights.can_moderate_user(staff, room, author):
        yield from ["mute_author"] if room.is_default else ["mute_author", "remove_author", "ban_from_room"]
    if author and staff.has_power_over(author):
        yield "ban_from_site"


def moderate_author(request: HttpRequest, report: Report, action: str, cleaned_data: Mapping[str, Any]) -> None:
    """Apply a room's moderation action to the author, and settle the report by it."""
    if report.author is None or report.room is None:
        raise unreachable()
    staff = current_user(request)
    actor = facade.OfflineActor(staff, get_language())
    try:
        facade.on_loop(verbs.moderate, actor, report.room.pk, action, report.author.pk, cleaned_data["reason"])
    except ChatError as error:
        raise unreachable() if error.code == "no_such_room" else error from None
    report.settle(staff, f"room_{action}")


def unreachable() -> ValidationError:
    return ValidationError(_("There is nothing to be done: it is private, closed or gone."), code="unreachable")


def report_count(report: "ReportRow") -> int:
    return getattr(report.reports[0], "times", 1)


def list_of(report: "ReportRow", lines: Sequence[tuple[str, str]]) -> SafeString:
    more = report_count(report) - len(lines)
    return format_html(
        '<ul class="told">{}</ul>{}',
        format_html_join("", '<li>{} <span dir="auto">{}</span></li>', lines),
        _("and %(count)s more") % {"count": more} if more else "",
    )


def user_link(user: User | None) -> str:
    if user is None:
        return _("deleted user")
    return format_html('<a href="{}">{}</a>', reverse("admin:accounts_user_change", args=[user.pk]), user.username)
