"""How staff narrow the list of users."""

import datetime

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.ban import banned_now

from .model_admin import Narrowing


class Standing(Narrowing):
    title = _("standing")
    parameter_name = "standing"

    def conditions(self):
        return {"banned": (_("banned"), banned_now()), "inactive": (_("not active"), Q(is_active=False))}


class Age(Narrowing):
    title = _("age")
    parameter_name = "age"
    SPANS = ((0, 17), (18, 29), (30, 49), (50, 120))

    def conditions(self):
        spans = {f"{least}-{most}": (f"{least}–{most}", born(least, most)) for least, most in self.SPANS}
        return {**spans, "unknown": (_("not known"), Q(birth_date=None))}


class LastSeen(Narrowing):
    title = _("last seen")
    parameter_name = "seen"

    def conditions(self):
        return {
            "day": (_("today or yesterday"), Q(last_seen_at__gt=days_back(1))),
            "week": (_("in 7 days"), Q(last_seen_at__gt=days_back(7))),
            "month": (_("in 30 days"), Q(last_seen_at__gt=days_back(30))),
            "longer": (_("longer ago"), Q(last_seen_at__lte=days_back(30))),
            "never": (_("never"), Q(last_seen_at=None)),
        }


def days_back(days):
    return timezone.now() - datetime.timedelta(days=days)


def born(youngest, oldest):
    """Those who are of an age from `youngest` to `oldest` today."""
    return Q(birth_date__lte=years_back(youngest), birth_date__gt=years_back(oldest + 1))


def years_back(years):
    """The day on which those were born who are just so old today."""
    today = timezone.localdate()
    try:
        return today.replace(year=today.year - years)
    except ValueError:  # born on a 29 February
        return today.replace(year=today.year - years, day=28)
