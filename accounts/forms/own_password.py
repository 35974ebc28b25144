"""Forms that ask a signed-in user for their password, and so limit how often it may be tried."""

import math
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib.auth.forms import PasswordChangeForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts import passwords
from accounts.models import Attempt, User
from common.errors import ExpectedError

from .fields import PASSWORD_HINT, PASSWORD_MISMATCH, current_password_field, password_field, too_often

WRONG_PASSWORD = _("This is not your password of now.")


class OwnPasswordForm(forms.Form):
    """Rate limits for attempts at the user's own password."""

    retry_after: int | None = None

    def limit_attempts(self, user: User, session_key: str | None) -> None:
        """Count attempts per session, against an intruder in an open session, and per user, who may have several."""
        self._limits = {
            f"password {session_key}": passwords.CHANGES_PER_SESSION,
            f"password of {user.pk}": passwords.CHANGES_PER_USER,
        }

    def attempt(self, check: Callable[[], str]) -> str:
        """The result of `check`, which raises ValidationError for a wrong password: only that counts."""
        try:
            Attempt.acquire(self._limits)
        except ExpectedError as slow_down:
            self.retry_after = math.ceil(slow_down.retry_after or 0)
            raise too_often(slow_down) from None
        password = check()
        Attempt.reset(self._limits)
        return password


class PasswordForm(OwnPasswordForm, PasswordChangeForm):
    """A change of password."""

    error_messages = {"password_mismatch": PASSWORD_MISMATCH, "password_incorrect": WRONG_PASSWORD}
    old_password = current_password_field(_("Old password"), autofocus=True)
    new_password1 = password_field(_("New password"), help_text=PASSWORD_HINT)
    new_password2 = password_field(_("New password again"))

    def __init__(self, *args: Any, session_key: str | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.limit_attempts(self.user, session_key)

    def clean_old_password(self) -> str:
        return self.attempt(super().clean_old_password)

    def validate_password_for_user(self, user: User, *_default_field: str) -> None:
        """Show what is wrong with the password beside its first field, not its second."""
        super().validate_password_for_user(user, "new_password1")


class DeleteAccountForm(OwnPasswordForm):
    """The user's password, to confirm the deletion of the account."""

    password = current_password_field(_("Your password"))

    def __init__(self, *args: Any, user: User, session_key: str | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.limit_attempts(user, session_key)

    def clean_password(self) -> str:
        return self.attempt(self._check_password)

    def _check_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if not self.user.check_password(password):
            raise ValidationError(WRONG_PASSWORD, code="password_incorrect")
        return password
