"""The sign-in form."""

import math
from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.passwords import authenticate_throttled
from common.errors import ExpectedError

from .fields import too_often


class SignInForm(AuthenticationForm):
    # One sentence for both, so that the form does not disclose which names exist.
    error_messages = {"invalid_login": _("The user name or the password is wrong.")}
    retry_after: int | None = None

    def clean(self) -> dict[str, Any]:
        username, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if username and password:
            self.user_cache = self._authenticate(username, password)
            if self.user_cache is None:
                raise self.get_invalid_login_error()
            self.confirm_login_allowed(self.user_cache)
        return self.cleaned_data

    def confirm_login_allowed(self, user: User) -> None:
        """Called after authentication: nobody without the password learns of a ban."""
        if user.is_banned:
            raise ValidationError(user.ban_notice, code="banned")
        super().confirm_login_allowed(user)

    def _authenticate(self, username: str, password: str) -> User | None:
        if self.request is None:
            raise TypeError("SignInForm needs the request: attempts are counted by address")
        try:
            return authenticate_throttled(self.request, username, password)
        except ExpectedError as slow_down:
            self.retry_after = math.ceil(slow_down.retry_after or 0)
            raise too_often(slow_down) from None
