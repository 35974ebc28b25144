"""The forms of the staff's desk that are about people."""

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm, UserChangeForm
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.forms import FreeUsername, SignInForm
from accounts.models import User
from accounts.models.ban import REASON_CHARACTERS

from .model_admin import Reason


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


class NewPasswordForm(AdminPasswordChangeForm):
    def save(self, commit=True):
        user = super().save(commit)
        user.end_sessions()
        return user


class BanQuestion(Reason):
    """The banned person reads the reason."""

    reason = forms.CharField(
        label=_("Why"), max_length=REASON_CHARACTERS, help_text=_("They read this when they try to sign in.")
    )
    until = forms.DateTimeField(
        label=_("Until"),
        required=False,
        help_text=_("UTC; empty: without an end."),
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
    )

    def clean_until(self):
        until = self.cleaned_data["until"]
        if until is not None and until <= timezone.now():
            raise ValidationError(_("This moment is over."), code="past")
        return until
