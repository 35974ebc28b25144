"""Filters of the staff site's list of reports."""

from typing import TYPE_CHECKING

from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.staff.change_list import ListFilter
from accounts.staff.model_admin import is_primary_key
from rooms.models import Room
from rooms.moderation.models import Report

ROOMS_LISTED = 30

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Conditions = dict[str, tuple["StrOrPromise", Q]]


class StateFilter(ListFilter):
    title = _("state")
    parameter_name = "state"

    def conditions(self) -> Conditions:
        return {"open": (_("open"), Q(settled_at=None)), "settled": (_("settled"), Q(settled_at__isnull=False))}


class RoomKindFilter(ListFilter):
    title = _("kind of room")
    parameter_name = "kind"

    def conditions(self) -> Conditions:
        return {kind.value: (kind.label, Q(room__kind=kind)) for kind in Room.Kind}


class ReportedRoomFilter(admin.SimpleListFilter):
    """Offers public rooms with open reports; the page of any other room links to its reports."""

    title = _("room")
    parameter_name = "room"

    @property
    def chosen(self) -> int | None:
        """The id of the selected room."""
        value = self.value() or ""
        return int(value) if is_primary_key(value) else None

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Report]") -> list[tuple[str, str]]:
        listed = Q(pk__in=Report.objects.filter(settled_at=None).values("room")) | Q(pk=self.chosen)
        rooms = Room.objects.filter(listed, kind=Room.Kind.PUBLIC).order_by("-is_default", "name_key")
        return [(str(room.pk), room.title) for room in rooms[:ROOMS_LISTED]]

    def has_output(self) -> bool:
        return bool(self.lookup_choices or self.chosen)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Report]) -> QuerySet[Report]:
        return queryset.filter(room=self.chosen) if self.chosen else queryset
