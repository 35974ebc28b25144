"""How people come in and go out."""

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client
from django.urls import reverse

from accounts.models import Session
from tests.people import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.once("embedded")]
URL = "/accounts/sign-in/"


def sign_in(client, name="luz.clara", password=PASSWORD, url=URL, **more):
    return client.post(url, {"username": name, "password": password} | more)


@pytest.mark.parametrize("name", ["luz.clara", "Luz.Clara", "  LUZ.CLARA ", "ｌuz.clara"])
def test_signing_in_ignores_case(client, luz, name):
    assert sign_in(client, name).url == reverse("chat")
    assert client.session["_auth_user_id"] == str(luz.pk)


@pytest.mark.parametrize(
    ("name", "password"),
    [("luz.clara", "wrong"), ("luz.clara", PASSWORD.upper()), ("nobody.here", PASSWORD), ("x" * 3000, PASSWORD)],
)
def test_a_wrong_name_and_a_wrong_password_read_the_same(client, luz, name, password):
    response = sign_in(client, name, password)
    assert response.status_code == 200
    assert response.context["form"].non_field_errors() == ["The user name or the password is wrong."]
    assert "_auth_user_id" not in client.session


def test_an_inactive_account_reads_the_same_as_a_wrong_password(client, luz):
    luz.is_active = False
    luz.save()
    assert sign_in(client).context["form"].non_field_errors() == ["The user name or the password is wrong."]


class CountingHasher(MD5PasswordHasher):
    algorithm = "counting"
    hashes = 0

    def encode(self, password, salt):
        CountingHasher.hashes += 1
        return super().encode(password, salt)


def test_an_unknown_name_costs_as_many_hashes_as_a_wrong_password(client, luz, settings):
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    luz.set_password(PASSWORD)
    luz.save()
    costs = []
    for name in ["luz.clara", "nobody.here"]:
        CountingHasher.hashes = 0
        sign_in(client, name, "wrong")
        costs.append(CountingHasher.hashes)
    assert costs == [1, 1]


def test_a_page_that_needs_a_session_is_reached_after_signing_in(client, luz):
    there = client.get("/accounts/profile/")
    assert there.url == f"{URL}?next=/accounts/profile/"
    assert "Sign in first" in client.get(there.url).content.decode()
    assert sign_in(client, next="/accounts/profile/").url == "/accounts/profile/"


def test_the_plain_sign_in_page_demands_nothing_first(client):
    assert "Sign in first" not in client.get(URL).content.decode()


@pytest.mark.parametrize(
    "stranger", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_the_way_never_leads_to_another_host(client, luz, stranger):
    assert sign_in(client, next=stranger).url == reverse("chat")


@pytest.mark.parametrize("following", ["", f"?next={URL}", f"?next={URL}%3Fnext=/"])
def test_whoever_is_signed_in_goes_straight_to_the_chat(client, luz, following):
    client.force_login(luz)
    assert client.get(URL + following).url == reverse("chat")


def test_the_session_gets_a_new_key_when_somebody_signs_in(client, luz):
    session = client.session
    session["left behind"] = "by a stranger"
    session.save()
    client.cookies["session"] = session.session_key
    sign_in(client)
    assert client.session.session_key != session.session_key
    assert not Session.objects.filter(pk=session.session_key).exists()


def test_signing_out_ends_the_session(client, luz):
    client.force_login(luz)
    assert client.post("/accounts/sign-out/").url == reverse("sign-in")
    assert not luz.sessions.exists()


def test_a_link_signs_nobody_out(client, luz):
    client.force_login(luz)
    assert client.get("/accounts/sign-out/").status_code == 405
    assert luz.sessions.exists()


@pytest.mark.parametrize("name", ["sign-in", "sign-up", "sign-out", "password", "profile"])
def test_another_sites_form_is_refused(luz, name):
    client = Client(enforce_csrf_checks=True)
    client.force_login(luz)
    if name in ("sign-in", "sign-up"):
        client.logout()
    assert client.post(reverse(name)).status_code == 403
