"""List filters of the user list."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.ban import banned_condition

from .change_list import ListFilter

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class StatusFilter(ListFilter):
    title = _("standing")
    parameter_name = "standing"

    def conditions(self) -> dict[str, tuple[StrOrPromise, Q]]:
        return {"banned": (_("banned"), banned_condition()), "inactive": (_("not active"), Q(is_active=False))}


class AgeFilter(ListFilter):
    title = _("age")
    parameter_name = "age"
    SPANS_YEARS = ((0, 17), (18, 29), (30, 49), (50, 120))

    def conditions(self) -> dict[str, tuple[StrOrPromise, Q]]:
        spans: dict[str, tuple[StrOrPromise, Q]] = {
            f"{youngest}-{oldest}": (f"{youngest}–{oldest}", age_condition(youngest, oldest))
            for youngest, oldest in self.SPANS_YEARS
        }
        return {**spans, "unknown": (_("not known"), Q(birth_date=None))}


class LastSeenFilter(ListFilter):
    title = _("last seen")
    parameter_name = "seen"

    def conditions(self) -> dict[str, tuple[StrOrPromise, Q]]:
        return {
            "day": (_("today or yesterday"), Q(last_seen_at__gt=days_ago(1))),
            "week": (_("in 7 days"), Q(last_seen_at__gt=days_ago(7))),
            "month": (_("in 30 days"), Q(last_seen_at__gt=days_ago(30))),
            "longer": (_("longer ago"), Q(last_seen_at__lte=days_ago(30))),
            "never": (_("never"), Q(last_seen_at=None)),
        }


def days_ago(days: int) -> datetime.datetime:
    return timezone.now() - datetime.timedelta(days=days)


def age_condition(youngest: int, oldest: int) -> Q:
    """Users whose age today is from `youngest` to `oldest` years, both included."""
    return Q(birth_date__lte=birthday_years_ago(youngest), birth_date__gt=birthday_years_ago(oldest + 1))


def birthday_years_ago(years: int) -> datetime.date:
    """The date of birth of a user who turns `years` today."""
    today = timezone.localdate()
    try:
        return today.replace(year=today.year - years)
    except ValueError:  # today is 29 February
        return today.replace(year=today.year - years, day=28)
