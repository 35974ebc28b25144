"""All ways in which a session or a token ends, by HTTP requests of its user or by another process."""

import datetime
from dataclasses import replace

import requests
from django.utils import timezone

from accounts.models import Session, Token

from .people import PASSWORD, sign_in, sign_up

LASTING_SECONDS = 2


class AccessLoss:
    """A way to lose access: `person` connects by session, or by `headers`; `end()` ends that session or token."""

    def __init__(self, server, name):
        self.server = server
        self.person = sign_up(name)
        self.headers = {}

    def post(self, path, **data):
        """Submit a form in the first session of that person."""
        with requests.Session() as browser:
            browser.trust_env = False
            browser.cookies["session"] = self.person.session_key
            browser.get(f"{self.server.url}/accounts/password/")
            data["csrfmiddlewaretoken"] = browser.cookies["csrf"]
            answer = browser.post(self.server.url + path, data=data, headers={"Referer": self.server.url})
            assert answer.ok and ".errors" not in answer.text

    def other(self):
        """Return the person with a second session."""
        return replace(self.person, session_key=sign_in(self.person.user))


class SignedOut(AccessLoss):
    def end(self):
        self.post("/accounts/sign-out/")


class PasswordChanged(AccessLoss):
    def __init__(self, *args):
        super().__init__(*args)
        self.first, self.person = self.person, self.other()

    def end(self):
        self.person = self.first
        new = "another walk to the sea"
        self.post("/accounts/password/", old_password=PASSWORD, new_password1=new, new_password2=new)


class EndedByOwner(PasswordChanged):
    def end(self):
        handle = Session.objects.get(pk=self.person.session_key).handle
        self.person = self.first
        self.post(f"/accounts/sessions/{handle}/end/")


class TokenRevoked(AccessLoss):
    def __init__(self, *args):
        super().__init__(*args)
        self.token, secret = Token.issue(self.person.user, "test", "write")
        self.headers = {"Authorization": f"Bearer {secret}"}

    def end(self):
        self.post(f"/accounts/tokens/{self.token.pk}/revoke/")


class AccountDeleted(AccessLoss):
    def end(self):
        self.post("/accounts/profile/delete/", password=PASSWORD)


class Expired(AccessLoss):
    def __init__(self, *args):
        super().__init__(*args)
        until = timezone.now() + datetime.timedelta(seconds=LASTING_SECONDS)
        Session.objects.filter(pk=self.person.session_key).update(expire_date=until)

    def end(self):
        """Nothing: the session expires."""


class Deactivated(AccessLoss):
    """Deactivated by another process than the servers."""

    def end(self):
        user = self.person.user
        user.is_active = False
        user.save()


BY_PEOPLE = [SignedOut, PasswordChanged, EndedByOwner, TokenRevoked, AccountDeleted, Expired]
BY_ALL = [Deactivated, *BY_PEOPLE]
