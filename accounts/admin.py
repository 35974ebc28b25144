"""Users in the admin."""

from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm, UserChangeForm
from django.utils.translation import gettext_lazy as _

from .forms import FreeUsername, SignInForm
from .models import Token, User

PERSON = ("first_names", "last_names", "birth_date", "gender", "email", "language")


class UserFields(FreeUsername):
    """Staff may leave a person's own matters empty, and may give a name that is kept for the site."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in {"first_names", "last_names", "birth_date"} & self.fields.keys():
            self.fields[name].required = False


class UserForm(UserFields, UserChangeForm):
    class Meta(UserChangeForm.Meta):
        model = User


class NewUserForm(UserFields, AdminUserCreationForm):
    class Meta(AdminUserCreationForm.Meta):
        model = User


class StaffSignInForm(SignInForm, AdminAuthenticationForm):
    """The admin has a page of its own to sign in: tries there count with all others."""


admin.site.login_form = StaffSignInForm


class NewPasswordForm(AdminPasswordChangeForm):
    def save(self, commit=True):
        user = super().save(commit)
        user.end_sessions()
        return user


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    form = UserForm
    add_form = NewUserForm
    change_password_form = NewPasswordForm
    list_display = ["username", "first_names", "last_names", "is_active", "is_staff", "date_joined", "last_login"]
    list_filter = ["is_active", "is_bot", "is_staff", "gender", "language"]
    search_fields = ["username", "first_names", "last_names", "email"]
    ordering = ["username"]
    readonly_fields = ["date_joined", "last_login"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        (_("Person"), {"fields": PERSON}),
        (_("Rights"), {"fields": ["is_active", "is_bot", "is_staff", "is_superuser", "groups", "user_permissions"]}),
        (_("Dates"), {"fields": ["date_joined", "last_login"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["username", "is_bot", "usable_password", "password1", "password2"]}),
        (_("Person"), {"fields": PERSON}),
    ]

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if not obj.is_active:
            obj.end_sessions()


@admin.register(Token)
class TokenAdmin(admin.ModelAdmin):
    """Tokens of programs. For people nobody makes any but they themselves."""

    list_display = ["name", "user", "scope", "created_at", "used_at"]
    list_filter = ["scope"]
    list_select_related = ["user"]
    search_fields = ["name", "user__username"]
    fields = ["user", "name", "scope"]

    def has_change_permission(self, request, obj=None):
        return False

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "user":
            kwargs["queryset"] = User.objects.filter(is_bot=True, is_active=True).order_by("username")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request, obj, form, change):
        secret = obj.draw_secret()
        super().save_model(request, obj, form, change)
        self.message_user(request, _("The token, shown this once: %(secret)s") % {"secret": secret})
