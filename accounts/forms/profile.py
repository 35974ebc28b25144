"""Forms of the profile: personal fields, tokens, and a new password by a reset link."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.forms import SetPasswordForm
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Token, User
from accounts.models.token import TOKENS_PER_USER
from common import names

from .fields import PASSWORD_HINT, PASSWORD_MISMATCH, password_field
from .sign_up import SignUpForm
from .usernames import UserModelForm

# Django's classes take their type parameters only in its stubs.
if TYPE_CHECKING:
    TokenModelForm = forms.ModelForm[Token]
    UserSetPasswordForm = SetPasswordForm[User]
else:
    TokenModelForm = forms.ModelForm
    UserSetPasswordForm = SetPasswordForm


class ProfileForm(UserModelForm):
    class Meta:
        model = User
        fields = ["first_names", "last_names", "birth_date", "gender", "email", "language"]
        help_texts = {"email": _("Optional.")}
        widgets = SignUpForm.Meta.widgets

    def save(self, commit: bool = True) -> User:
        """Write the form's fields only: a concurrent ban or deletion of the account is not undone."""
        user: User = self.instance
        user.save(update_fields=self.Meta.fields)
        return user


class TokenForm(TokenModelForm):
    """The name and scope of a new token of `user`."""

    class Meta:
        model = Token
        fields = ["name", "scope"]
        help_texts = {"name": _("What it is for: you find it by that.")}

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def issue(self) -> tuple[Token, str] | None:
        """The new token and its secret; None, with errors on the form, if it is not valid."""
        with transaction.atomic():
            # The lock makes concurrent requests count each other's tokens.
            list(User.objects.filter(pk=self.user.pk).select_for_update(no_key=True).values_list("pk"))
            return Token.issue(self.user, **self.cleaned_data) if self.is_valid() else None

    def clean(self) -> dict[str, Any] | None:
        if self.user.tokens.count() >= TOKENS_PER_USER:
            raise ValidationError(_("You have too many tokens: revoke one first."), code="too_many_tokens")
        return super().clean()

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if not names.is_presentable(name):
            raise ValidationError(_("This holds characters that cannot be shown."), code="unpresentable")
        return name


class NewPasswordForm(UserSetPasswordForm):
    """A new password, set by a reset link. All sessions of the user end."""

    error_messages = {"password_mismatch": PASSWORD_MISMATCH}
    new_password1 = password_field(_("New password"), help_text=PASSWORD_HINT)
    new_password2 = password_field(_("New password again"))

    def validate_password_for_user(self, user: User, *_default_field: str) -> None:
        """Show what is wrong with the password beside its first field, not its second."""
        super().validate_password_for_user(user, "new_password1")

    def set_password(self) -> bool:
        """Save the new password; false if the link was used by a concurrent request."""
        old_hash = self.user.password
        user = self.save(commit=False)
        # Compare-and-set: the link is valid for the old hash only.
        if not User.objects.filter(pk=user.pk, password=old_hash).update(password=user.password):
            return False
        user.end_sessions()
        return True
