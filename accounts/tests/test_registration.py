"""The setting REGISTRATION, and invitations."""

import datetime
import re

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Invitation, User
from tests.people import PASSWORD, sign_up

pytestmark = pytest.mark.django_db
URL = "/accounts/sign-up/"
CALL = "/api/v1/users"


@pytest.fixture
def invite(settings):
    settings.REGISTRATION = "invitation"

    def make(**fields):
        invitation = Invitation(note="the chess club", **fields)
        secret = invitation.generate_secret()
        invitation.save()
        return secret

    return make


def come(secret, answers, **changes):
    return Client().post(f"{URL}?invitation={secret}", answers | changes)


def call(client, answers, **changes):
    body = {name: value for name, value in answers.items() if not name.startswith("password")}
    return client.post(CALL, body | {"password": PASSWORD} | changes, content_type="application/json")


@pytest.mark.parametrize("method", ["get", "post"])
def test_closed_registration_refuses_sign_up(client, settings, answers, method):
    settings.REGISTRATION = "nobody"
    page = getattr(client, method)(URL, answers)
    assert page.status_code == 403 and "Nobody can sign up here" in page.content.decode()
    assert "Create an account" not in client.get("/accounts/sign-in/").content.decode()
    refused = call(client, answers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "sign_up_closed")
    assert not User.objects.exists()


@pytest.mark.parametrize("secret", ["", "guessed", "\0", "é", "x" * 5000])
def test_sign_up_without_usable_invitation_is_refused(client, invite, answers, secret):
    assert client.get(URL, {"invitation": secret}).status_code == 403
    page = client.post(URL, answers | {"invitation": secret})
    assert page.status_code == 403 and "by invitation" in page.content.decode()
    refused = call(client, answers, invitation=secret[:200])
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "sign_up_by_invitation")


def test_invitation_is_usable_as_often_as_stated(invite, answers):
    secret = invite(uses=2)
    assert come(secret, answers, username="first.one").status_code == 302
    assert call(Client(), answers, username="second.one", invitation=secret).status_code == 201
    assert come(secret, answers, username="third.one").status_code == 403
    assert User.objects.count() == 2


def test_invalid_form_does_not_use_invitation(invite, answers):
    secret = invite()
    assert come(secret, answers, birth_date="").status_code == 200
    assert come(secret, answers).status_code == 302


def test_invitation_used_up_concurrently_creates_no_account(invite, answers, monkeypatch):
    secret = invite()
    monkeypatch.setattr(Invitation, "redeem", classmethod(lambda cls, secret: False))
    assert come(secret, answers).status_code == 403
    assert not User.objects.exists()


def test_expired_invitation_is_refused(invite, answers):
    secret = invite(expires_at=timezone.now() - datetime.timedelta(seconds=1))
    assert come(secret, answers).status_code == 403


def test_invitation_link_is_shown_once_and_can_be_withdrawn(client, invite, answers):
    client.force_login(sign_up("sara", is_staff=True).user)
    tomorrow = timezone.now() + datetime.timedelta(days=1)
    form = {"note": "the club", "uses": 3, "expires_at_0": tomorrow.date(), "expires_at_1": "12:00"}
    page = client.post("/admin/accounts/invitation/add/", form).content.decode()
    [secret] = re.findall(r"invitation=([\w-]+)<", page)
    invitation = Invitation.objects.get()
    for address in ("", f"{invitation.pk}/change/"):
        assert secret not in client.get(f"/admin/accounts/invitation/{address}").content.decode()
    assert come(secret, answers).status_code == 302
    withdraw = {"_selected_action": invitation.pk, "action": "withdraw", "confirmed": "1"}
    client.post("/admin/accounts/invitation/", withdraw)
    assert come(secret, answers, username="other.one").status_code == 403
