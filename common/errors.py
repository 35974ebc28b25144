"""What a program that asks over HTTP can be refused, with a machine's code and a person's sentence."""

from django.utils.translation import gettext_lazy as _

SENTENCES = {
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


class ExpectedError(Exception):
    """A refusal that is no bug: `code` for machines, `text` for people, `status` for HTTP.

    `retry_after` (seconds) says when the same request may succeed; `field` names what was wrong with the request;
    further keywords fill the sentence.
    """

    sentences: dict = SENTENCES

    def __init__(self, code, *, retry_after=None, field=None, **data):
        super().__init__(code)
        self.code = code
        self.retry_after = retry_after
        self.field = field
        self.data = data

    @property
    def status(self):
        return self.sentences[self.code][0]

    @property
    def text(self):
        """The sentence, in the language active now."""
        return self.sentences[self.code][1] % self.data


class FormError(ExpectedError):
    """A form's first error, in the form's own code and words; `names` says what callers call its fields."""

    status = 400

    def __init__(self, form, **names):
        name, errors = next(iter(form.errors.as_data().items()))
        super().__init__(errors[0].code or "invalid", field=None if name == "__all__" else names.get(name, name))
        self._words = " ".join(errors[0].messages)

    @property
    def text(self):
        return self._words
