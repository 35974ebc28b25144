"""Users at the desk, with what is known of them only here: who is connected, and where."""

from collections import defaultdict

from django.contrib import admin
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.staff.model_admin import Narrowing, act
from accounts.staff.users import UserAdmin
from rooms.hub import facade
from rooms.presence.models import Socket


class Connected(Narrowing):
    title = _("connected now")
    parameter_name = "connected"

    def conditions(self):
        is_connected = Exists(Socket.live().filter(user=OuterRef("pk")))
        return {"yes": (_("yes"), is_connected), "no": (_("no"), ~is_connected)}


@admin.register(User)
class PeopleAdmin(UserAdmin):
    list_display = ["username", "where", *UserAdmin.list_display[1:]]
    list_filter = [Connected, *UserAdmin.list_filter]
    readonly_fields = [*UserAdmin.readonly_fields, "where", "said"]
    fieldsets = [
        (None, {"fields": ["username", "password", "words", "seen", "where", "sessions", "said"]}),
        *UserAdmin.fieldsets[1:],
    ]
    actions = ["disconnect", *UserAdmin.actions]

    def look_up(self, rows):
        super().look_up(rows)
        places = defaultdict(dict)
        for socket in Socket.live().filter(user__in=[user.pk for user in rows]).select_related("room"):
            places[socket.user_id][socket.room_id] = socket.room
        for user in rows:
            user.places = list(places[user.pk].values())

    @admin.display(description=_("connected, and where"))
    def where(self, user):
        links = [(reverse("admin:rooms_room_change", args=[room.pk]), room.title) for room in user.places]
        return format_html_join(", ", '<a href="{}">{}</a>', links)

    @admin.display(description=_("messages"))
    def said(self, user):
        url = reverse("admin:rooms_message_changelist")
        return format_html('<a href="{}?author__id__exact={}">{}</a>', url, user.pk, _("Said in public rooms"))

    @act(_("Disconnect"))
    def disconnect(self, request, user, answers):
        facade.disconnect(user.pk)

    def acts_on(self, request, user):
        found = super().acts_on(request, user)
        return found if user.places else [(name, label) for name, label in found if name != "disconnect"]
