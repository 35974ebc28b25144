"""How staff narrow the list of reports."""

from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.staff.change_list import ListFilter
from accounts.staff.model_admin import is_primary_key
from rooms.models import Room
from rooms.moderation.models import Report

ROOMS_OFFERED = 30


class State(ListFilter):
    title = _("state")
    parameter_name = "state"

    def conditions(self):
        return {"open": (_("open"), Q(settled_at=None)), "settled": (_("settled"), Q(settled_at__isnull=False))}


class Kind(ListFilter):
    title = _("kind of room")
    parameter_name = "kind"

    def conditions(self):
        return {kind.value: (kind.label, Q(room__kind=kind)) for kind in Room.Kind}


class Place(admin.SimpleListFilter):
    """Public rooms of which something is open; any other by the way from its own page."""

    title = _("room")
    parameter_name = "room"

    @property
    def chosen(self):
        """The id of a room, or None."""
        value = self.value() or ""
        return int(value) if is_primary_key(value) else None

    def lookups(self, request, model_admin):
        offered = Q(pk__in=Report.objects.filter(settled_at=None).values("room")) | Q(pk=self.chosen)
        rooms = Room.objects.filter(offered, kind=Room.Kind.PUBLIC).order_by("-is_default", "name_key")
        return [(str(room.pk), room.title) for room in rooms[:ROOMS_OFFERED]]

    def has_output(self):
        return bool(self.lookup_choices or self.chosen)

    def queryset(self, request, queryset):
        return queryset.filter(room=self.chosen) if self.chosen else queryset
