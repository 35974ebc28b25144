"""Forms of the staff site about users."""

import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm, UserChangeForm
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.forms import SignInForm, UniqueUsernameForm
from accounts.models import User
from accounts.models.ban import REASON_CHARACTERS

from .actions import ReasonForm

# Django's classes take their type parameters only in its stubs.
if TYPE_CHECKING:
    ChangeForm = UserChangeForm[User]
    AddForm = AdminUserCreationForm[User]
    PasswordForm = AdminPasswordChangeForm[User]
else:
    ChangeForm = UserChangeForm
    AddForm = AdminUserCreationForm
    PasswordForm = AdminPasswordChangeForm


class StaffUserForm(UniqueUsernameForm):
    """Personal fields are optional for staff, and reserved names are allowed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in {"first_names", "last_names", "birth_date"} & self.fields.keys():
            self.fields[name].required = False


class ChangeUserForm(StaffUserForm, ChangeForm):
    class Meta(UserChangeForm.Meta):
        model = User


class AddUserForm(StaffUserForm, AddForm):
    class Meta(AdminUserCreationForm.Meta):
        model = User


class StaffSignInForm(SignInForm, AdminAuthenticationForm):
    """The admin's own sign-in form, with the rate limits of all others."""


class StaffPasswordForm(PasswordForm):
    """A password set by staff. All sessions of the user end."""

    def save(self, commit: bool = True) -> User:
        user: User = super().save(commit)
        user.end_sessions()
        return user


class BanForm(ReasonForm):
    """The reason of a ban, which the banned user reads, and its end."""

    reason = forms.CharField(
        label=_("Why"), max_length=REASON_CHARACTERS, help_text=_("They read this when they try to sign in.")
    )
    until = forms.DateTimeField(
        label=_("Until"),
        required=False,
        help_text=_("UTC; empty: without an end."),
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
    )

    def clean_until(self) -> datetime.datetime | None:
        until: datetime.datetime | None = self.cleaned_data["until"]
        if until is not None and until <= timezone.now():
            raise ValidationError(_("This moment is over."), code="past")
        return until
