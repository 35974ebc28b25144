"""Expected errors: each has a machine-readable code, an HTTP status and a translated sentence."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.forms import BaseForm
    from django_stubs_ext import StrOrPromise


SENTENCES: dict[str, tuple[int, "StrOrPromise"]] = {
    # code: (HTTP status, sentence)
    "bad_request": (400, _("That is not a request this server understands.")),
    "bad_token": (401, _("This token does not hold, or no longer does.")),
    "busy": (503, _("The server has more to do than it can take. Try again in a moment.")),
    "csrf": (403, _("The CSRF token is missing or wrong. A program signs in with a token of its own instead.")),
    "internal": (500, _("Something went wrong on the server. It has been noted.")),
    "method_not_allowed": (405, _("This address does not answer to that method.")),
    "no_such_address": (404, _("There is nothing at this address.")),
    "no_such_token": (404, _("You have no such token.")),
    "not_signed_in": (401, _("Sign in first, or send a token.")),
    "read_only_token": (403, _("This token may only read.")),
    "sign_up_by_invitation": (
        403,
        _("Here one signs up by invitation: the site's staff give the links. Yours may be used up, or too old."),
    ),
    "sign_up_closed": (403, _("Nobody can sign up here: the site's staff make the accounts.")),
    "slow_down": (429, _("That was fast. Try again in a moment.")),
    "too_large": (413, _("The request is too large.")),
    "unavailable": (503, _("The database does not answer. Try again in a moment.")),
    "unsupported_media_type": (415, _("Send JSON, with Content-Type: application/json.")),
    "wrong_password": (401, _("The user name or the password is wrong.")),
}

# Codes of the responses that Django or Twisted make by themselves.
CODES_BY_STATUS = {
    400: "bad_request",
    401: "not_signed_in",
    403: "csrf",
    404: "no_such_address",
    405: "method_not_allowed",
    413: "too_large",
    500: "internal",
}


class ExpectedError(Exception):
    """An error that is the caller's or the site's state, not a bug: `code`, `status` (HTTP) and `text`.

    `retry_after` is in seconds; `field` names the invalid field of the request; further keywords fill the sentence.
    A subclass adds its codes in `sentences`. Each code is defined in one class only; a subclass that needs another
    sentence for an inherited code puts it into `overrides`.
    """

    sentences: ClassVar[Mapping[str, tuple[int, "StrOrPromise"]]] = SENTENCES
    overrides: ClassVar[Mapping[str, "StrOrPromise"]] = {}

    def __init__(
        self, code: str, *, retry_after: float | None = None, field: str | None = None, **data: object
    ) -> None:
        super().__init__(code)
        self.code = code
        self.retry_after = retry_after
        self.field = field
        self.data = data

    @classmethod
    def definition(cls, code: str) -> tuple[int, "StrOrPromise"]:
        """Return the status and sentence of a code of this class or its bases; raises KeyError."""
        for base in cls.__mro__:
            found: Mapping[str, tuple[int, StrOrPromise]] = vars(base).get("sentences", {})
            if code in found:
                return found[code]
        raise KeyError(code)

    @property
    def status(self) -> int:
        """HTTP status."""
        return self.definition(self.code)[0]

    @property
    def text(self) -> str:
        """Sentence in the active language."""
        sentence = self.overrides.get(self.code)
        return self.default_text if sentence is None else str(sentence) % self.data

    @property
    def default_text(self) -> str:
        """Sentence in the active language, without the subclass's overrides."""
        return str(self.definition(self.code)[1]) % self.data

    def to_dict(self) -> dict[str, Any]:
        """Body of a REST response."""
        error = {"code": self.code, "message": self.default_text}
        if self.field is not None:
            error["field"] = self.field
        return {"error": error}


class FormError(ExpectedError):
    """First error of an invalid form, with the form's own code and message; status 400.

    `names` maps the form's field names to those of the API.
    """

    def __init__(self, form: "BaseForm", **names: str) -> None:
        name, errors = next(iter(form.errors.as_data().items()))
        super().__init__(errors[0].code or "invalid", field=None if name == "__all__" else names.get(name, name))
        self._text = " ".join(errors[0].messages)

    @property
    def status(self) -> int:
        """HTTP status."""
        return 400

    @property
    def text(self) -> str:
        """Message of the form, in the language active when it was validated."""
        return self._text

    @property
    def default_text(self) -> str:
        """Message of the form."""
        return self._text
