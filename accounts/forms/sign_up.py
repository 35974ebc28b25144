"""The sign-up form."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.contrib.auth.forms import BaseUserCreationForm, UsernameField
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Invitation, User
from common.errors import ExpectedError

from .fields import PASSWORD_HINT, PASSWORD_MISMATCH, date_input, password_field
from .usernames import ChosenUsernameForm

# Django's class takes its type parameter only in its stubs.
if TYPE_CHECKING:
    UserCreationForm = BaseUserCreationForm[User]
else:
    UserCreationForm = BaseUserCreationForm


class SignUpForm(ChosenUsernameForm, UserCreationForm):
    retry_after: int | None = None
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

    def __init__(self, *args: Any, invitation: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._invitation = invitation

    def validate_password_for_user(self, user: User, *_default_field: str) -> None:
        """Show what is wrong with the password beside its first field, not its second."""
        super().validate_password_for_user(user, "password1")  # type: ignore[misc] # the stubs lack it

    def create(self) -> User | None:
        """The new user; None, with an error on the form, if the name was taken after validation.

        Raises `sign_up_by_invitation` if the invitation was used up after validation.
        """
        # Hashing takes a good part of a second: it must not happen in a transaction, which blocks SQLite's writers.
        user: User = self.save(commit=False)
        try:
            with transaction.atomic():
                user.save()
                if settings.REGISTRATION == "invitation" and not Invitation.redeem(self._invitation):
                    raise ExpectedError("sign_up_by_invitation")
        except IntegrityError:
            self.refuse_taken()
            return None
        return user
