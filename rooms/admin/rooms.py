"""Rooms at the desk: find, look into, rename, make permanent, empty, close."""

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Q
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.staff.model_admin import LABELS, Desk, Narrowing, act
from common.errors import ExpectedError
from rooms.delivery.change_events import SITE_GROUP
from rooms.hub import facade
from rooms.hub.process import publish
from rooms.log.history import empty_log
from rooms.models import Message, Room
from rooms.presence.models import Socket

LAST_MESSAGES, PEOPLE_SHOWN = 20, 100
SHOWN = ["standing", "owner", "people_here", "members", "muted", "reports", "last_messages"]
SHOWN += ["created_at", "owner_gone_at", "closed_at", "closed_by"]


# What staff do in rooms otherwise than here.
LABELS |= {
    "room_mute": gettext_lazy("Mute in a room"),
    "room_unmute": gettext_lazy("Let speak in a room again"),
    "room_remove": gettext_lazy("Remove from a room"),
    "room_ban": gettext_lazy("Ban from a room"),
    "room_unban": gettext_lazy("Let into a room again"),
    "room_hand_over": gettext_lazy("Hand over a room"),
    "room_slow": gettext_lazy("Slow mode"),
}


class RoomForm(forms.ModelForm):
    class Meta:
        model = Room
        fields = ["name", "permanent"]

    def clean_name(self):
        name = self.cleaned_data["name"]
        if name == self.initial["name"] or self.instance.is_default:
            return self.initial["name"]
        try:
            self.instance.rename(name)
        except ExpectedError as refused:
            raise ValidationError(refused.text, code=refused.code) from None
        return self.instance.name


class Standing(Narrowing):
    title = gettext_lazy("standing")
    parameter_name = "standing"

    def conditions(self):
        return {
            "temporary": (_("temporary"), Q(closed_at=None, permanent=False, is_default=False)),
            "permanent": (_("permanent"), Q(closed_at=None, permanent=True)),
            "closed": (_("closed"), Q(closed_at__isnull=False)),
        }


@admin.register(Room)
class RoomAdmin(Desk):
    """Public rooms. Private conversations are nobody's business."""

    can_change = True
    form = RoomForm
    list_display = ("called", "standing", "owner", "people", "last_seq", "created_at", "closed_at")
    list_filter = (Standing,)
    list_select_related = ("owner",)
    search_fields = ("name", "owner__username")
    ordering = ("-is_default", "name_key")
    fields = ("name", "permanent", *SHOWN)
    readonly_fields = SHOWN
    actions = ("make_permanent", "make_temporary", "empty", "close")

    def get_queryset(self, request):
        return super().get_queryset(request).filter(kind=Room.Kind.PUBLIC)

    def get_readonly_fields(self, request, obj=None):
        names = ("name", "permanent") if obj is not None and (obj.is_default or obj.closed_at) else ()
        return (*super().get_readonly_fields(request, obj), *names)

    # --- Columns

    def look_up(self, rows):
        live = Socket.live().filter(room__in=[room.pk for room in rows])
        counts = dict(live.values_list("room").annotate(Count("user", distinct=True)))
        for room in rows:
            room.people = counts.get(room.pk, 0)

    @admin.display(description=gettext_lazy("name"), ordering="name_key")
    def called(self, room):
        return room.title

    @admin.display(description=gettext_lazy("standing"))
    def standing(self, room):
        if room.closed_at:
            return _("closed")
        return _("default room") if room.is_default else _("permanent") if room.permanent else _("temporary")

    @admin.display(description=gettext_lazy("people now"))
    def people(self, room):
        return room.people

    @admin.display(description=gettext_lazy("people now"))
    def people_here(self, room):
        names = Socket.live().filter(room=room).values_list("user_id", "user__username").distinct().order_by("user_id")
        links = [(reverse("admin:accounts_user_change", args=[pk]), name) for pk, name in names[:PEOPLE_SHOWN]]
        return format_html_join(", ", '<a href="{}">{}</a>', links) or _("nobody")

    @admin.display(description=gettext_lazy("members"))
    def members(self, room):
        return list_link("membership", room, _("Who has been here"))

    @admin.display(description=gettext_lazy("muted"))
    def muted(self, room):
        return list_link("muted", room, _("Who may not write here"))

    @admin.display(description=gettext_lazy("reports"))
    def reports(self, room):
        return list_link("report", room, _("What was reported here"), by="room")

    @admin.display(description=gettext_lazy("last messages"))
    def last_messages(self, room):
        newest = Message.objects.filter(room=room).select_related("author").order_by("-seq")[:LAST_MESSAGES]
        lines = [
            (
                reverse("admin:rooms_message_change", args=[message.pk]),
                f"{message.at:%Y-%m-%d %H:%M}",
                author_of(message),
                message.text,
            )
            for message in reversed(list(newest))
        ]
        shown = format_html_join("", '<li><a href="{}">{}</a> <b>{}</b> {}</li>', lines)
        return format_html('<ol class="said">{}</ol>{}', shown, list_link("message", room, _("All messages")))

    # --- Acts

    def save_model(self, request, obj, form, change):
        # Only what was changed here: the row's counters have gone on since it was read. The form has renamed it.
        if "permanent" in form.changed_data:
            make_permanent(obj, obj.permanent)
        tell_of_rooms()

    @act(gettext_lazy("Make permanent"))
    def make_permanent(self, request, room, answers):
        make_permanent(room, True)

    @act(gettext_lazy("Make temporary"))
    def make_temporary(self, request, room, answers):
        make_permanent(room, False)

    @act(gettext_lazy("Empty"))
    def empty(self, request, room, answers):
        empty_log(room)
        facade.publish_refresh(room)

    @act(gettext_lazy("Close"))
    def close(self, request, room, answers):
        room.close(request.user)
        tell_of_rooms()

    def acts_on(self, request, room):
        useless = {"make_permanent"} if room.permanent else {"make_temporary"}
        if room.is_default:
            useless = {"make_permanent", "make_temporary", "close"}
        if room.closed_at:
            useless = {"make_permanent", "make_temporary", "close"}
        return [(name, label) for name, label in super().acts_on(request, room) if name not in useless]


def make_permanent(room, is_permanent):
    Room.objects.filter(pk=room.pk).update(permanent=is_permanent, owner_gone_at=None)
    tell_of_rooms()


def tell_of_rooms():
    """Once it is written, all processes look."""
    transaction.on_commit(lambda: publish(SITE_GROUP, {"type": "lobby"}))


def list_link(model, room, words, by="room__id__exact"):
    url = reverse(f"admin:rooms_{model}_changelist")
    return format_html('<a href="{}?{}={}">{}</a>', url, by, room.pk, words)


def author_of(message):
    return message.author.username if message.author else _("deleted user")
