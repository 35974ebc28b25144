"""Fields and errors that several account forms share."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from common.errors import ExpectedError

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

PASSWORD_MOST_CHARACTERS = 128
PASSWORD_HINT = _("8 to 128 characters; not only digits, and nothing that is easily guessed.")
PASSWORD_MISMATCH = _("The two passwords are not the same.")


@runtime_checkable
class ThrottledForm(Protocol):
    """A form that may refuse to be validated: `retry_after` is then the number of seconds to wait, else None."""

    retry_after: int | None


def password_field(label: StrOrPromise, **options: Any) -> forms.CharField:
    """A field for a new password; `options` are those of `CharField`."""
    widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})
    return forms.CharField(label=label, strip=False, max_length=PASSWORD_MOST_CHARACTERS, widget=widget, **options)


def current_password_field(label: StrOrPromise, **attributes: Any) -> forms.CharField:
    """A field for the password the user has; `attributes` are those of the HTML element."""
    widget = forms.PasswordInput(attrs={"autocomplete": "current-password", **attributes})
    return forms.CharField(label=label, strip=False, widget=widget)


def date_input() -> forms.DateInput:
    """The browser's native date field, which takes and returns ISO dates in every language."""
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "autocomplete": "bday"})


def too_often(slow_down: ExpectedError) -> ValidationError:
    """The form error for a `slow_down`."""
    minutes = math.ceil((slow_down.retry_after or 0) / 60)
    return ValidationError(
        ngettext(
            "Too many tries. Wait %(minutes)d minute, then try again; nothing is locked.",
            "Too many tries. Wait %(minutes)d minutes, then try again; nothing is locked.",
            minutes,
        ),
        code="slow_down",
        params={"minutes": minutes},
    )
