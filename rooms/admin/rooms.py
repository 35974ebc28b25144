"""Public rooms on the staff site: search, rename, make permanent or temporary, empty, close."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.current_user import current_user
from accounts.staff.actions import object_action
from accounts.staff.change_list import ListFilter
from accounts.staff.model_admin import StaffModelAdmin
from common.errors import ExpectedError
from rooms.delivery.change_events import SITE_GROUP
from rooms.hub import facade
from rooms.hub.process import publish
from rooms.log.history import empty_log
from rooms.models import Message, Room
from rooms.presence.models import Socket
from rooms.protocol import bus_events

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    class RoomRow(Room):
        """A room with the number of users in it, as `look_up` counts them."""

        people: int


LAST_MESSAGES, USERS_SHOWN = 20, 100
COMPUTED_FIELDS = ["status", "owner", "people_here", "members", "muted", "reports", "last_messages"]
COMPUTED_FIELDS += ["created_at", "owner_gone_at", "closed_at", "closed_by"]


# Staff log entries of moderation outside of the staff site.
LOG_LABELS = {
    "room_mute": gettext_lazy("Mute in a room"),
    "room_unmute": gettext_lazy("Let speak in a room again"),
    "room_remove": gettext_lazy("Remove from a room"),
    "room_ban": gettext_lazy("Ban from a room"),
    "room_unban": gettext_lazy("Let into a room again"),
    "room_hand_over": gettext_lazy("Hand over a room"),
    "room_slow": gettext_lazy("Slow mode"),
}

# Django's class takes its type parameter only in its stubs.
if TYPE_CHECKING:
    RoomModelForm = forms.ModelForm[Room]
else:
    RoomModelForm = forms.ModelForm


class RoomForm(RoomModelForm):
    """Saves a changed name by `Room.rename`; the default room's name is a setting."""

    class Meta:
        model = Room
        fields = ["name", "permanent"]

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        current: str = self.initial["name"]
        if name == current or self.instance.is_default:
            return current
        try:
            self.instance.rename(name)
        except ExpectedError as error:
            raise ValidationError(error.text, code=error.code) from None
        return str(self.instance.name)


class RoomStatusFilter(ListFilter):
    title = gettext_lazy("standing")
    parameter_name = "standing"

    def conditions(self) -> dict[str, tuple["StrOrPromise", Q]]:
        return {
            "temporary": (_("temporary"), Q(closed_at=None, permanent=False, is_default=False)),
            "permanent": (_("permanent"), Q(closed_at=None, permanent=True)),
            "closed": (_("closed"), Q(closed_at__isnull=False)),
        }


@admin.register(Room)
class RoomAdmin(StaffModelAdmin):
    can_change = True
    form = RoomForm
    log_labels = LOG_LABELS
    list_display = ("title", "status", "owner", "people", "last_seq", "created_at", "closed_at")
    list_filter = (RoomStatusFilter,)
    list_select_related = ("owner",)
    search_fields = ("name", "owner__username")
    ordering = ("-is_default", "name_key")
    fields = ("name", "permanent", *COMPUTED_FIELDS)
    readonly_fields = COMPUTED_FIELDS
    actions = ("make_permanent", "make_temporary", "empty", "close")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Room]:
        """Private conversations are not shown to staff."""
        return super().get_queryset(request).filter(kind=Room.Kind.PUBLIC)

    def get_readonly_fields(self, request: HttpRequest, obj: Room | None = None) -> tuple[str, ...]:
        fixed = ("name", "permanent") if obj is not None and (obj.is_default or obj.closed_at) else ()
        return (*super().get_readonly_fields(request, obj), *fixed)

    # Columns

    def annotate_rows(self, rows: Sequence["RoomRow"]) -> None:
        live = Socket.live().filter(room__in=[room.pk for room in rows])
        counts = dict(live.values_list("room").annotate(Count("user", distinct=True)))
        for room in rows:
            room.people = counts.get(room.pk, 0)

    @admin.display(description=gettext_lazy("name"), ordering="name_key")
    def title(self, room: Room) -> str:
        return room.title

    @admin.display(description=gettext_lazy("standing"))
    def status(self, room: Room) -> str:
        if room.closed_at:
            return _("closed")
        return _("default room") if room.is_default else _("permanent") if room.permanent else _("temporary")

    @admin.display(description=gettext_lazy("people now"))
    def people(self, room: "RoomRow") -> int:
        return room.people

    @admin.display(description=gettext_lazy("people now"))
    def people_here(self, room: Room) -> str:
        names = Socket.live().filter(room=room).values_list("user_id", "user__username").distinct().order_by("user_id")
        links = [(reverse("admin:accounts_user_change", args=[pk]), name) for pk, name in names[:USERS_SHOWN]]
        return format_html_join(", ", '<a href="{}">{}</a>', links) or _("nobody")

    @admin.display(description=gettext_lazy("members"))
    def members(self, room: Room) -> SafeString:
        return list_link("membership", room, _("Who has been here"))

    @admin.display(description=gettext_lazy("muted"))
    def muted(self, room: Room) -> SafeString:
        return list_link("muted", room, _("Who may not write here"))

    @admin.display(description=gettext_lazy("reports"))
    def reports(self, room: Room) -> SafeString:
        return list_link("report", room, _("What was reported here"), lookup="room")

    @admin.display(description=gettext_lazy("last messages"))
    def last_messages(self, room: Room) -> SafeString:
        newest = list(Message.objects.filter(room=room).select_related("author").order_by("-seq")[:LAST_MESSAGES])
        lines = [
            (
                reverse("admin:rooms_message_change", args=[message.pk]),
                f"{message.at:%Y-%m-%d %H:%M}",
                author_name(message),
                message.text,
            )
            for message in reversed(newest)
        ]
        items = format_html_join("", '<li><a href="{}">{}</a> <b>{}</b> {}</li>', lines)
        return format_html('<ol class="said">{}</ol>{}', items, list_link("message", room, _("All messages")))

    # Actions

    def save_model(self, request: HttpRequest, obj: Room, form: "forms.ModelForm[Room]", change: bool) -> None:
        # Not the whole row, whose counters may be stale. The form has saved the name already.
        if "permanent" in form.changed_data:
            set_permanent(obj, obj.permanent)
        publish_room_list()

    @object_action(gettext_lazy("Make permanent"))
    def make_permanent(self, request: HttpRequest, room: Room, cleaned_data: object) -> None:
        set_permanent(room, True)

    @object_action(gettext_lazy("Make temporary"))
    def make_temporary(self, request: HttpRequest, room: Room, cleaned_data: object) -> None:
        set_permanent(room, False)

    @object_action(gettext_lazy("Empty"))
    def empty(self, request: HttpRequest, room: Room, cleaned_data: object) -> None:
        empty_log(room)
        facade.publish_refresh(room)

    @object_action(gettext_lazy("Close"))
    def close(self, request: HttpRequest, room: Room, cleaned_data: object) -> None:
        room.close(current_user(request))
        publish_room_list()

    def actions_for(self, request: HttpRequest, room: Room) -> list[tuple[str, "StrOrPromise"]]:
        useless = {"make_permanent"} if room.permanent else {"make_temporary"}
        if room.is_default or room.closed_at:
            useless = {"make_permanent", "make_temporary", "close"}
        return [(name, label) for name, label in super().actions_for(request, room) if name not in useless]


def set_permanent(room: Room, is_permanent: bool) -> None:
    Room.objects.filter(pk=room.pk).update(permanent=is_permanent, owner_gone_at=None)
    publish_room_list()


def publish_room_list() -> None:
    """After the commit, have all processes refresh their lists of rooms."""
    transaction.on_commit(lambda: publish(SITE_GROUP, bus_events.lobby()))


def list_link(model: str, room: Room, label: str, lookup: str = "room__id__exact") -> SafeString:
    """A link to another list, filtered by the room."""
    url = reverse(f"admin:rooms_{model}_changelist")
    return format_html('<a href="{}?{}={}">{}</a>', url, lookup, room.pk, label)


def author_name(message: Message) -> str:
    return message.author.username if message.author else _("deleted user")
