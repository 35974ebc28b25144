"""Users, tokens and the staff log in the admin. What is known of users only where people talk, `rooms.admin` adds."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from accounts.models import Departure, Session, StaffAct, Token, User
from accounts.passwords import new_password_path

from .forms import BanQuestion, NewPasswordForm, NewUserForm, UserForm
from .list_filters import Age, LastSeen, Standing
from .model_admin import LABELS, Desk, act

PERSON = ("first_names", "last_names", "birth_date", "gender", "email", "language")
RIGHTS = ("is_active", "is_bot", "is_staff", "is_superuser")

# Staff all may the same, and owners (superusers) say who is staff: there is nothing to group.
admin.site.unregister(Group)


class UserAdmin(Desk, DjangoUserAdmin):
    """People. Rights, and other members of staff, are the business of the site's owners."""

    form = UserForm
    add_form = NewUserForm
    change_password_form = NewPasswordForm
    can_add = can_change = can_delete = True
    list_display = ["username", "full_name", "age", "gender", "standing", "seen", "sessions", "joined"]
    list_filter = [Standing, Age, LastSeen, "gender", "is_bot", "is_staff", "language"]
    search_fields = ["username", "first_names", "last_names", "email"]
    ordering = ["username_key"]
    readonly_fields = ["date_joined", "last_login", "seen", "words", "sessions"]
    filter_horizontal = ()
    fieldsets = [
        (None, {"fields": ["username", "password", "words", "seen", "sessions"]}),
        (_("Person"), {"fields": PERSON}),
        (_("Rights"), {"fields": RIGHTS}),
        (_("Dates"), {"fields": ["date_joined", "last_login"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["username", "is_bot", "usable_password", "password1", "password2"]}),
        (_("Person"), {"fields": PERSON}),
    ]
    actions = ["ban", "unban", "deactivate", "reactivate", "sign_out", "password_link"]

    # --- Who may do what to whom

    def may_touch(self, request, obj):
        return request.user.has_power_over(obj)

    def has_change_permission(self, request, obj=None):
        own = obj is None or obj.pk == request.user.pk
        return super().has_change_permission(request, obj) and (own or self.may_touch(request, obj))

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and (obj is None or self.may_touch(request, obj))

    def get_readonly_fields(self, request, obj=None):
        rights = () if request.user.is_superuser else ("is_staff", "is_superuser")
        # Of oneself: nobody saws off the branch they sit on.
        own = RIGHTS if obj is not None and obj.pk == request.user.pk else ()
        return [*super().get_readonly_fields(request, obj), *{*rights, *own}]

    # --- Columns

    def look_up(self, rows):
        valid = Session.objects.filter(user__in=[user.pk for user in rows], expire_date__gt=timezone.now())
        holding = dict(valid.values_list("user").annotate(Count("pk")))
        for user in rows:
            user.holding = holding.get(user.pk, 0)

    @admin.display(description=_("name"), ordering="last_names")
    def full_name(self, user):
        return user.get_full_name()

    @admin.display(description=_("age"), ordering="-birth_date")
    def age(self, user):
        return user.age

    @admin.display(description=_("standing"))
    def standing(self, user):
        if user.is_banned or not user.is_active:
            return _("banned") if user.is_banned else _("not active")
        return _("owner") if user.is_superuser else _("staff") if user.is_staff else _("active")

    @admin.display(description=_("standing"))
    def words(self, user):
        return user.ban_words if user.is_banned else self.standing(user)

    @admin.display(description=_("last seen"), ordering="last_seen_at")
    def seen(self, user):
        return shown(user.last_seen_at or user.last_login)

    @admin.display(description=_("joined"), ordering="date_joined")
    def joined(self, user):
        return shown(user.date_joined)

    @admin.display(description=_("sessions"))
    def sessions(self, user):
        return user.holding

    # --- Acts

    @act(_("Ban"), BanQuestion)
    def ban(self, request, user, answers):
        user.ban(answers["reason"], answers["until"])
        return answers["until"].isoformat() if answers["until"] else ""

    @act(_("Lift the ban"))
    def unban(self, request, user, answers):
        user.lift_ban()

    @act(_("Deactivate"))
    def deactivate(self, request, user, answers):
        user.deactivate()

    @act(_("Make active again"))
    def reactivate(self, request, user, answers):
        user.reactivate()

    @act(_("End all sessions"))
    def sign_out(self, request, user, answers):
        user.end_sessions()

    @act(_("Link for a new password"))
    def password_link(self, request, user, answers):
        words = _("With this link %(name)s can set a new password. It holds once, for a day, and is shown only now.")
        return self.show_secret(
            request, words % {"name": user}, request.build_absolute_uri(new_password_path(user)), self.page_of(user)
        )

    def acts_on(self, request, user):
        useless = {"unban"} if not user.is_banned else set()
        useless |= {"deactivate"} if not user.is_active else {"reactivate"}
        return [(name, label) for name, label in super().acts_on(request, user) if name not in useless]

    def get_queryset(self, request):
        gone = Departure.pending().values("user_id")
        return super().get_queryset(request).exclude(pk__in=gone)

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if not obj.is_active:
            obj.end_sessions()

    def get_deleted_objects(self, objs, request):
        """To ask about: the people. What hangs on them goes by itself, or stays, as when they delete it themselves."""
        return [str(user) for user in objs], {self.opts.verbose_name_plural: len(objs)}, set(), []

    def delete_model(self, request, obj):
        try:
            Departure.of(obj)
        except ValidationError as refused:
            raise PermissionDenied(*refused.messages) from None

    def delete_queryset(self, request, queryset):
        for user in queryset:
            self.delete_model(request, user)


@admin.register(Token)
class TokenAdmin(Desk):
    """Tokens of programs. For people nobody makes any but they themselves."""

    can_add = can_delete = True
    list_display = ["name", "user", "scope", "created_at", "used_at"]
    list_filter = ["scope", "user__is_bot"]
    list_select_related = ["user"]
    search_fields = ["name", "user__username"]
    fields = ["user", "name", "scope"]
    ordering = ["-pk"]

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "user":
            kwargs["queryset"] = User.objects.filter(is_bot=True, is_active=True).order_by("username")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request, obj, form, change):
        obj.secret = obj.draw_secret()
        super().save_model(request, obj, form, change)

    def response_add(self, request, obj, post_url_continue=None):
        return self.show_secret(request, _("The token. It is shown only now."), obj.secret, self.page_of(obj))


@admin.register(StaffAct)
class StaffActAdmin(Desk):
    """To be read."""

    list_display = ["at", "by_name", "did", "whom_name", "kind", "why", "details"]
    list_display_links = ["at"]
    linked_by = ["kind__exact", "whom_id__exact"]
    search_fields = ["by_name", "whom_name", "why", "details"]
    ordering = ["-pk"]
    fields = ["at", "by_name", "did", "kind", "whom_id", "whom_name", "why", "details"]
    readonly_fields = ["did"]

    @admin.display(description=_("did what"))
    def did(self, staff_act):
        return LABELS.get(staff_act.what, staff_act.what)


def shown(moment):
    return moment and date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT")
