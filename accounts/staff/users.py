"""Staff pages of users, tokens and the staff log. `rooms.admin` adds to them what only rooms know of a user."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, ForeignKey, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from accounts.current_user import current_user
from accounts.models import AccountDeletion, Session, StaffAct, Token, User
from accounts.passwords import password_reset_path

from .actions import CleanedData, object_action
from .forms import AddUserForm, BanForm, ChangeUserForm, StaffPasswordForm
from .list_filters import AgeFilter, LastSeenFilter, StatusFilter
from .model_admin import StaffModelAdmin

PERSON_FIELDS = ("first_names", "last_names", "birth_date", "gender", "email", "language")
RIGHTS_FIELDS = ("is_active", "is_bot", "is_staff", "is_superuser")

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    DjangoUserAdminBase = DjangoUserAdmin[User]  # Django's class takes its type parameter only in its stubs

    class ListedUser(User):
        """A user with the attributes of `UserAdmin.annotate_rows`."""

        session_count: int

else:
    DjangoUserAdminBase, ListedUser = DjangoUserAdmin, User

# All staff have the same permissions, and owners (superusers) appoint staff: groups would mean nothing.
admin.site.unregister(Group)


class UserAdmin(StaffModelAdmin, DjangoUserAdminBase):
    """Users. Only owners may change rights, and act on members of staff."""

    form = ChangeUserForm
    add_form = AddUserForm
    change_password_form = StaffPasswordForm
    can_add = can_change = can_delete = True
    list_display = ["username", "full_name", "age", "gender", "standing", "seen", "sessions", "joined"]
    list_filter = [StatusFilter, AgeFilter, LastSeenFilter, "gender", "is_bot", "is_staff", "language"]
    search_fields = ["username", "first_names", "last_names", "email"]
    ordering = ["username_key"]
    readonly_fields = ["date_joined", "last_login", "seen", "words", "sessions"]
    filter_horizontal = ()
    fieldsets = [
        (None, {"fields": ["username", "password", "words", "seen", "sessions"]}),
        (_("Person"), {"fields": PERSON_FIELDS}),
        (_("Rights"), {"fields": RIGHTS_FIELDS}),
        (_("Dates"), {"fields": ["date_joined", "last_login"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["username", "is_bot", "usable_password", "password1", "password2"]}),
        (_("Person"), {"fields": PERSON_FIELDS}),
    ]
    actions = ["ban", "unban", "deactivate", "reactivate", "sign_out", "password_link"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """All users but the emptied rows of deleted accounts."""
        deleted = AccountDeletion.pending().values("user_id")
        return super().get_queryset(request).exclude(pk__in=deleted)

    def may_act_on(self, request: HttpRequest, obj: User) -> bool:
        return current_user(request).has_power_over(obj)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        if not super().has_change_permission(request, obj):
            return False
        return obj is None or obj.pk == request.user.pk or self.may_act_on(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or self.may_act_on(request, obj))

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        owners_only = () if current_user(request).is_superuser else ("is_staff", "is_superuser")
        # Nobody can take away their own rights, or the last owner could.
        own = RIGHTS_FIELDS if obj is not None and obj.pk == request.user.pk else ()
        return [*super().get_readonly_fields(request, obj), *{*owners_only, *own}]

    def annotate_rows(self, rows: Sequence[ListedUser]) -> None:
        valid = Session.objects.filter(user__in=[user.pk for user in rows], expire_date__gt=timezone.now())
        counts = dict(valid.values_list("user").annotate(Count("pk")))
        for user in rows:
            user.session_count = counts.get(user.pk, 0)

    @admin.display(description=_("name"), ordering="last_names")
    def full_name(self, user: User) -> str:
        return user.get_full_name()

    @admin.display(description=_("age"), ordering="-birth_date")
    def age(self, user: User) -> int | None:
        return user.age

    @admin.display(description=_("standing"))
    def standing(self, user: User) -> StrOrPromise:
        if user.is_banned or not user.is_active:
            return _("banned") if user.is_banned else _("not active")
        return _("owner") if user.is_superuser else _("staff") if user.is_staff else _("active")

    @admin.display(description=_("standing"))
    def words(self, user: User) -> StrOrPromise:
        return user.ban_notice if user.is_banned else self.standing(user)

    @admin.display(description=_("last seen"), ordering="last_seen_at")
    def seen(self, user: User) -> str | None:
        return format_datetime(user.last_seen_at or user.last_login)

    @admin.display(description=_("joined"), ordering="date_joined")
    def joined(self, user: User) -> str | None:
        return format_datetime(user.date_joined)

    @admin.display(description=_("sessions"))
    def sessions(self, user: ListedUser) -> int:
        return user.session_count

    @object_action(_("Ban"), BanForm)
    def ban(self, request: HttpRequest, user: User, cleaned_data: CleanedData) -> str:
        reason, until = cleaned_data["reason"], cleaned_data["until"]
        user.ban(reason, until)
        return until.isoformat() if until else ""

    @object_action(_("Lift the ban"))
    def unban(self, request: HttpRequest, user: User, cleaned_data: CleanedData) -> None:
        user.lift_ban()

    @object_action(_("Deactivate"))
    def deactivate(self, request: HttpRequest, user: User, cleaned_data: CleanedData) -> None:
        user.deactivate()

    @object_action(_("Make active again"))
    def reactivate(self, request: HttpRequest, user: User, cleaned_data: CleanedData) -> None:
        user.reactivate()

    @object_action(_("End all sessions"))
    def sign_out(self, request: HttpRequest, user: User, cleaned_data: CleanedData) -> None:
        user.end_sessions()

    @object_action(_("Link for a new password"))
    def password_link(self, request: HttpRequest, user: User, cleaned_data: CleanedData) -> HttpResponse:
        sentence = _("With this link %(name)s can set a new password. It holds once, for a day, and is shown only now.")
        link = request.build_absolute_uri(password_reset_path(user))
        return self.secret_page(request, sentence % {"name": user}, link, self.change_url(user))

    def actions_for(self, request: HttpRequest, user: User) -> list[tuple[str, StrOrPromise]]:
        useless = {"unban"} if not user.is_banned else set()
        useless |= {"deactivate"} if not user.is_active else {"reactivate"}
        return [(name, label) for name, label in super().actions_for(request, user) if name not in useless]

    def save_model(self, request: HttpRequest, obj: User, form: forms.ModelForm[User], change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not obj.is_active:
            obj.end_sessions()

    def get_deleted_objects(
        self, objs: Iterable[User], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """The users alone: what depends on them is deleted or kept as in any account deletion."""
        users = [str(user) for user in objs]
        return users, {str(self.opts.verbose_name_plural): len(users)}, set(), []

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        try:
            AccountDeletion.start(obj)
        except ValidationError as error:
            raise PermissionDenied(*error.messages) from None

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            self.delete_model(request, user)


@admin.register(Token)
class TokenAdmin(StaffModelAdmin):
    """Tokens. Staff create them for bots only: those of people are created by themselves."""

    can_add = can_delete = True
    list_display = ["name", "user", "scope", "created_at", "used_at"]
    list_filter = ["scope", "user__is_bot"]
    list_select_related = ["user"]
    search_fields = ["name", "user__username"]
    fields = ["user", "name", "scope"]
    ordering = ["-pk"]

    def formfield_for_foreignkey(self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "user":
            kwargs["queryset"] = User.objects.filter(is_bot=True, is_active=True).order_by("username")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Token, form: forms.ModelForm[Token], change: bool) -> None:
        obj.generate_secret()
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: Token, post_url_continue: str | None = None) -> HttpResponse:
        return self.secret_page(request, _("The token. It is shown only now."), obj.secret, self.change_url(obj))


@admin.register(StaffAct)
class StaffActAdmin(StaffModelAdmin):
    """The staff log, read-only."""

    list_display = ["at", "by_name", "did", "whom_name", "kind", "why", "details"]
    list_display_links = ["at"]
    link_lookups = ["kind__exact", "whom_id__exact"]
    search_fields = ["by_name", "whom_name", "why", "details"]
    ordering = ["-pk"]
    fields = ["at", "by_name", "did", "kind", "whom_id", "whom_name", "why", "details"]
    readonly_fields = ["did"]
    log_labels = {
        "added": _("Added"),
        "changed": _("Changed"),
        "deleted": _("Deleted"),
        "went": _("Deleted their own account"),
    }

    @admin.display(description=_("did what"))
    def did(self, staff_act: StaffAct) -> StrOrPromise:
        return self.action_label(staff_act.what, default=staff_act.what)


def format_datetime(moment: datetime | None) -> str | None:
    """Date and time in the active language's short format."""
    return None if moment is None else date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT")
