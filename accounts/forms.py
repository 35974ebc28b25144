"""What people are asked: to sign up, to sign in, and on their profile."""

import math

from django import forms
from django.conf import settings
from django.contrib.auth.forms import (
    AuthenticationForm,
    BaseUserCreationForm,
    PasswordChangeForm,
    SetPasswordForm,
    UsernameField,
)
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models.token import TOKENS_PER_USER
from accounts.models.user import TAKEN
from accounts.models.username import is_reserved
from common import names
from common.errors import ExpectedError

from .models import Attempt, Departure, Invitation, Token, User
from .passwords import CHANGES_OF_SESSION, CHANGES_OF_USER, user_by_password

PASSWORD_MOST_CHARACTERS = 128
PASSWORD_HINT = _("8 to 128 characters; not only digits, and nothing that is easily guessed.")
PASSWORD_MISMATCH = _("The two passwords are not the same.")


def password_field(label, **options):
    widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})
    return forms.CharField(label=label, strip=False, max_length=PASSWORD_MOST_CHARACTERS, widget=widget, **options)


def too_often(slow_down):
    """What a form says in place of a `slow_down`."""
    minutes = math.ceil(slow_down.retry_after / 60)
    return ValidationError(
        ngettext(
            "Too many tries. Wait %(minutes)d minute, then try again; nothing is locked.",
            "Too many tries. Wait %(minutes)d minutes, then try again; nothing is locked.",
            minutes,
        ),
        code="slow_down",
        params={"minutes": minutes},
    )


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


class OwnUsername(FreeUsername):
    """For people who choose a name themselves: not one that would speak for the site, or for who has gone."""

    def clean_username(self):
        name = super().clean_username()
        if Departure.bore(name):
            raise ValidationError(TAKEN, code="username_taken")
        if is_reserved(name):
            raise ValidationError(_("This user name is kept for the site. Choose another."), code="username_reserved")
        return name

    def refuse_taken(self):
        """For when somebody else took the name after it was looked for."""
        self.add_error("username", ValidationError(TAKEN, code="username_taken"))


class BotForm(OwnUsername):
    """The name of a program's account."""

    class Meta:
        model = User
        fields = ["username"]
        field_classes = {"username": UsernameField}


class SignUpForm(OwnUsername, BaseUserCreationForm):
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

    def __init__(self, *args, invitation="", **kwargs):
        super().__init__(*args, **kwargs)
        self._invitation = invitation

    def validate_password_for_user(self, user, *_usual_place):
        super().validate_password_for_user(user, "password1")  # type: ignore[misc]

    def save(self, commit=True):
        """The new user; None, with an error beside the name, when somebody else took it a moment ago.

        Raises `sign_up_by_invitation` when others have just used up the invitation.
        """
        # Hashing takes a good part of a second: before the transaction, for in SQLite's nobody else can write.
        user = super().save(commit=False)
        try:
            with transaction.atomic():
                user.save()
                if settings.REGISTRATION == "invitation" and not Invitation.take(self._invitation):
                    raise ExpectedError("sign_up_by_invitation")
        except IntegrityError:
            self.refuse_taken()
            return None
        return user


class SignInForm(AuthenticationForm):
    """`retry_after` is set, in seconds, where a password was not even tried."""

    # One sentence for both, so that nobody learns which names exist.
    error_messages = {"invalid_login": _("The user name or the password is wrong.")}
    retry_after = None

    def clean(self):
        username, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if username and password:
            self.user_cache = self._user(username, password)
            if self.user_cache is None:
                raise self.get_invalid_login_error()
            self.confirm_login_allowed(self.user_cache)
        return self.cleaned_data

    def confirm_login_allowed(self, user):
        """Only who knew the password learns of a ban."""
        if user.is_banned:
            raise ValidationError(user.ban_words, code="banned")
        super().confirm_login_allowed(user)

    def _user(self, username, password):
        try:
            return user_by_password(self.request, username, password)
        except ExpectedError as slow_down:
            self.retry_after = math.ceil(slow_down.retry_after or 0)
            raise too_often(slow_down) from None


class ProfileForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ["first_names", "last_names", "birth_date", "gender", "email", "language"]
        help_texts = {"email": _("Optional.")}
        widgets = SignUpForm.Meta.widgets

    def save(self, commit=True):
        """These fields and no others: what else became of the account meanwhile stays so."""
        self.instance.save(update_fields=self.Meta.fields)
        return self.instance


class TokenForm(forms.ModelForm):
    """A token that `user` wishes for."""

    class Meta:
        model = Token
        fields = ["name", "scope"]
        help_texts = {"name": _("What it is for: you find it by that.")}

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user

    def make(self):
        """The new token and its secret; None, with errors, for what cannot be granted."""
        with transaction.atomic():
            # Each of many at one moment is counted before the next.
            list(User.objects.filter(pk=self.user.pk).select_for_update(no_key=True).values_list("pk"))
            return Token.make(self.user, **self.cleaned_data) if self.is_valid() else None

    def clean(self):
        if self.user.tokens.count() >= TOKENS_PER_USER:
            raise ValidationError(_("You have too many tokens: revoke one first."), code="too_many_tokens")
        return super().clean()

    def clean_name(self):
        if not names.is_presentable(self.cleaned_data["name"]):
            raise ValidationError(_("This holds characters that cannot be shown."), code="unpresentable")
        return self.cleaned_data["name"]


class NewPasswordForm(SetPasswordForm):
    """For who has a link to it from the site's staff; whoever was signed in by the old one no longer is."""

    error_messages = {"password_mismatch": PASSWORD_MISMATCH}
    new_password1 = password_field(_("New password"), help_text=PASSWORD_HINT)
    new_password2 = password_field(_("New password again"))

    def validate_password_for_user(self, user, *_usual_place):
        super().validate_password_for_user(user, "new_password1")

    def save(self, commit=True):
        """The user; None where the link was used a moment ago: it holds once."""
        password = self.user.password
        user = super().save(commit=False)
        if not User.objects.filter(pk=user.pk, password=password).update(password=user.password):
            return None
        user.end_sessions()
        return user


class OwnPassword(forms.Form):
    """Asks those who are signed in for their password, which may be tried only so often."""

    retry_after = None
    wrong_password = _("This is not your password of now.")

    def count_tries(self, user, session_key):
        # By session: whoever found one open can try little. By user: whoever holds several of theirs, little more.
        mine = f"password {session_key}"
        self._tries = {mine: CHANGES_OF_SESSION, f"password of {user.pk}": CHANGES_OF_USER}

    def tried(self, check):
        """What `check` answers, counted unless it is right."""
        try:
            Attempt.take(self._tries)
        except ExpectedError as slow_down:
            self.retry_after = math.ceil(slow_down.retry_after or 0)
            raise too_often(slow_down) from None
        password = check()
        Attempt.forget(self._tries)
        return password


def own_password_field(label, **attributes):
    widget = forms.PasswordInput(attrs={"autocomplete": "current-password", **attributes})
    return forms.CharField(label=label, strip=False, widget=widget)


class PasswordForm(OwnPassword, PasswordChangeForm):
    error_messages = {"password_mismatch": PASSWORD_MISMATCH, "password_incorrect": OwnPassword.wrong_password}
    old_password = own_password_field(_("Old password"), autofocus=True)
    new_password1 = password_field(_("New password"), help_text=PASSWORD_HINT)
    new_password2 = password_field(_("New password again"))

    def __init__(self, *args, session_key, **kwargs):
        super().__init__(*args, **kwargs)
        self.count_tries(self.user, session_key)

    def clean_old_password(self):
        return self.tried(super().clean_old_password)

    def validate_password_for_user(self, user, *_usual_place):
        super().validate_password_for_user(user, "new_password1")


class DepartureForm(OwnPassword):
    """For who deletes their account."""

    password = own_password_field(_("Your password"))

    def __init__(self, *args, user, session_key, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user
        self.count_tries(user, session_key)

    def clean_password(self):
        return self.tried(self._right_password)

    def _right_password(self):
        if not self.user.check_password(self.cleaned_data["password"]):
            raise ValidationError(self.wrong_password, code="password_incorrect")
        return self.cleaned_data["password"]
