"""Users on the staff site, with their connections and rooms."""

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.staff.actions import object_action
from accounts.staff.change_list import ListFilter
from accounts.staff.users import UserAdmin
from rooms.hub import facade
from rooms.models import Room
from rooms.presence.models import Socket

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    class UserRow(User):
        """A user with the rooms of their connections, as `look_up` finds them."""

        places: list[Room]


class ConnectedFilter(ListFilter):
    title = _("connected now")
    parameter_name = "connected"

    def conditions(self) -> dict[str, tuple["StrOrPromise", Q]]:
        is_connected = Q(Exists(Socket.live().filter(user=OuterRef("pk"))))
        return {"yes": (_("yes"), is_connected), "no": (_("no"), ~is_connected)}


@admin.register(User)
class PeopleAdmin(UserAdmin):
    list_display = ["username", "where", *UserAdmin.list_display[1:]]
    list_filter = [ConnectedFilter, *UserAdmin.list_filter]
    readonly_fields = [*UserAdmin.readonly_fields, "where", "messages_link"]
    fieldsets = [
        (None, {"fields": ["username", "password", "words", "seen", "where", "sessions", "messages_link"]}),
        *UserAdmin.fieldsets[1:],
    ]
    actions = ["disconnect", *UserAdmin.actions]

    def annotate_rows(self, rows: Sequence[Any]) -> None:
        super().annotate_rows(rows)
        users: Sequence[UserRow] = rows
        places: defaultdict[int, dict[int, Room]] = defaultdict(dict)
        for socket in Socket.live().filter(user__in=[user.pk for user in users]).select_related("room"):
            places[socket.user_id][socket.room_id] = socket.room
        for user in users:
            user.places = list(places[user.pk].values())

    @admin.display(description=_("connected, and where"))
    def where(self, user: "UserRow") -> SafeString:
        links = [(reverse("admin:rooms_room_change", args=[room.pk]), room.title) for room in user.places]
        return format_html_join(", ", '<a href="{}">{}</a>', links)

    @admin.display(description=_("messages"))
    def messages_link(self, user: User) -> SafeString:
        url = reverse("admin:rooms_message_changelist")
        return format_html('<a href="{}?author__id__exact={}">{}</a>', url, user.pk, _("Said in public rooms"))

    @object_action(_("Disconnect"))
    def disconnect(self, request: HttpRequest, user: User, cleaned_data: object) -> None:
        facade.disconnect(user.pk)

    def actions_for(self, request: HttpRequest, user: User) -> list[tuple[str, "StrOrPromise"]]:
        is_connected = bool(cast("UserRow", user).places)
        return [one for one in super().actions_for(request, user) if is_connected or one[0] != "disconnect"]
