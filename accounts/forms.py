"""What people are asked: to sign up, to sign in, and on their profile."""

from django import forms
from django.contrib.auth.forms import AuthenticationForm, BaseUserCreationForm, PasswordChangeForm, UsernameField
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from .models import User
from .models.user import TAKEN
from .models.username import is_reserved

PASSWORD_MOST_CHARACTERS = 128
PASSWORD_HINT = _("8 to 128 characters; not only digits, and nothing that is easily guessed.")
PASSWORD_MISMATCH = _("The two passwords are not the same.")


def password_field(label, **options):
    widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})
    return forms.CharField(label=label, strip=False, max_length=PASSWORD_MOST_CHARACTERS, widget=widget, **options)


def date_input():
    # The browser's own date field takes and gives ISO dates, in any language.
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "autocomplete": "bday"})


class FreeUsername(forms.ModelForm):
    """For forms that set a user name: refuses one that somebody else has, or that looks like theirs."""

    def clean_username(self):
        name = self.cleaned_data["username"]
        if User.objects.alike(name).exclude(pk=self.instance.pk).exists():
            raise ValidationError(TAKEN, code="username_taken")
        return name


class SignUpForm(FreeUsername, BaseUserCreationForm):
    error_messages = {"password_mismatch": PASSWORD_MISMATCH}
    password1 = password_field(_("Password"), help_text=PASSWORD_HINT)
    password2 = password_field(_("Password again"))

    class Meta:
        model = User
        fields = ["username", "password1", "password2", "first_names", "last_names", "birth_date", "gender", "email"]
        field_classes = {"username": UsernameField}
        help_texts = {
            "username": _("4 to 25 letters, digits and the signs _ . - Others see you by it."),
            "email": _("Optional."),
        }
        widgets = {
            "first_names": forms.TextInput(attrs={"autocomplete": "given-name"}),
            "last_names": forms.TextInput(attrs={"autocomplete": "family-name"}),
            "email": forms.EmailInput(attrs={"autocomplete": "email"}),
            "birth_date": date_input(),
        }

    field_order = Meta.fields

    def clean_username(self):
        name = super().clean_username()
        if is_reserved(name):
            raise ValidationError(_("This user name is kept for the site. Choose another."), code="username_reserved")
        return name

    def validate_password_for_user(self, user, *_usual_place):
        super().validate_password_for_user(user, "password1")  # type: ignore[misc]

    def save(self, commit=True):
        """The new user; None, with an error beside the name, when somebody else took it a moment ago."""
        # Hashing takes a good part of a second: before the transaction, for in SQLite's nobody else can write.
        user = super().save(commit=False)
        try:
            with transaction.atomic():
                user.save()
        except IntegrityError:
            self.add_error("username", ValidationError(TAKEN, code="username_taken"))
            return None
        return user


class SignInForm(AuthenticationForm):
    # One sentence for both, so that nobody learns which names exist.
    error_messages = {"invalid_login": _("The user name or the password is wrong.")}


class ProfileForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ["first_names", "last_names", "birth_date", "gender", "email", "language"]
        help_texts = {"email": _("Optional.")}
        widgets = SignUpForm.Meta.widgets


class PasswordForm(PasswordChangeForm):
    error_messages = {
        "password_mismatch": PASSWORD_MISMATCH,
        "password_incorrect": _("This is not your password of now."),
    }
    old_password = forms.CharField(
        label=_("Old password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )
    new_password1 = password_field(_("New password"), help_text=PASSWORD_HINT)
    new_password2 = password_field(_("New password again"))

    def validate_password_for_user(self, user, *_usual_place):
        super().validate_password_for_user(user, "new_password1")
