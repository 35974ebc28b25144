"""Deleting one's account: what is asked, what goes, and that it happens once and wholly."""

import datetime

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AccountDeletion, Attempt, StaffAct, Token, User
from accounts.models.account_deletion import ROW_RETENTION
from accounts.sessions import valid_keys
from tests.people import PASSWORD, sign_in

from .conftest import Page

pytestmark = pytest.mark.django_db
URL = "/accounts/profile/delete/"


@pytest.fixture
def at_home(client, luz):
    """Luz's browser."""
    client.force_login(luz)
    return client


def go(browser, password=PASSWORD):
    return browser.post(URL, {"password": password})


def test_the_page_is_reached_from_the_profile_and_names_the_account(at_home, client):
    assert f'href="{URL}"' in at_home.get("/accounts/profile/").content.decode()
    page = at_home.get(URL).content.decode()
    assert "luz.clara" in page and "deleted user" in page
    assert Client().get(URL).url == f"/accounts/sign-in/?next={URL}"


def test_a_wrong_password_is_told_beside_its_field_and_nothing_goes(at_home, luz):
    page = Page(go(at_home, "wrong"))
    assert page.error_of("password")
    luz.refresh_from_db()
    assert luz.is_active and luz.first_names == "Luz"


def test_tries_count_together_with_those_to_change_the_password(at_home):
    for _ in range(5):
        go(at_home, "wrong")
        at_home.post("/accounts/password/", {"old_password": "wrong"})
    refused = go(at_home)
    assert refused.status_code == 429 and refused["Retry-After"]
    assert not AccountDeletion.objects.exists()


def test_all_that_is_personal_goes_and_every_session_and_token_ends(at_home, luz):
    luz.email, luz.language = "luz@example.org", "es"
    luz.save()
    keys = [at_home.session.session_key, sign_in(luz)]
    Token.issue(luz, "program")

    response = go(at_home)

    assert response.url == "/accounts/sign-in/"
    assert response["Clear-Site-Data"] == '"storage"'
    assert "cuenta" in at_home.get(response.url).content.decode()
    luz.refresh_from_db()
    assert (luz.first_names, luz.last_names, luz.birth_date, luz.email, luz.gender) == ("", "", None, "", "N")
    assert not luz.is_active and not luz.has_usable_password()
    assert valid_keys(keys) == set() and not luz.tokens.exists()
    assert Client().post("/accounts/sign-in/", {"username": "luz.clara", "password": PASSWORD}).status_code == 200


def test_the_row_goes_when_no_request_can_be_at_it_any_more(luz):
    AccountDeletion.start(luz)
    departure = AccountDeletion.objects.get()
    assert not departure.is_due
    AccountDeletion.objects.update(at=timezone.now() - ROW_RETENTION - datetime.timedelta(seconds=1))
    departure.refresh_from_db()
    assert departure.is_due
    departure.finish()
    assert not User.objects.exists() and not AccountDeletion.pending().exists()


@pytest.mark.parametrize("name", ["luz.clara", "LUZ.Clara", "1uz.clara"])
@pytest.mark.parametrize("is_row_gone", [False, True])
def test_nobody_signs_up_by_the_name_of_who_has_gone(client, luz, answers, name, is_row_gone):
    AccountDeletion.start(luz)
    if is_row_gone:
        AccountDeletion.objects.get().finish()
    page = Page(client.post("/accounts/sign-up/", answers | {"username": name}))
    assert "taken" in page.error_of("username")
    assert not [held for held in AccountDeletion.objects.values_list("name_key", "name_look").get() if "luz" in held]


def test_staff_can_give_the_name_back(client, luz):
    AccountDeletion.start(luz)
    AccountDeletion.objects.get().finish()
    client.force_login(User.objects.create_superuser("sara.o", PASSWORD))
    answers = {"username": "luz.clara", "password1": PASSWORD, "password2": PASSWORD, "usable_password": "true"}
    client.post("/admin/accounts/user/add/", answers | {"gender": "N"})
    assert User.objects.named("luz.clara").get().is_active


def test_going_twice_is_going_once(at_home, luz):
    other = Client()
    other.force_login(luz)
    assert go(at_home).url == "/accounts/sign-in/"
    assert go(other).status_code == 302
    assert AccountDeletion.start(luz) is False
    assert AccountDeletion.objects.count() == 1


def test_the_last_owner_stays_and_reads_why(client):
    owner = User.objects.create_superuser("sara.o", PASSWORD)
    idle = User.objects.create_superuser("sara.p", PASSWORD, is_active=False)
    client.force_login(owner)
    page = go(client)
    assert "last owner" in page.content.decode()
    idle.reactivate()
    assert go(client).status_code == 302


def test_a_program_s_account_is_not_deleted_by_itself(client, luz):
    User.objects.filter(pk=luz.pk).update(is_bot=True)
    client.force_login(User.objects.get())
    assert "program" in go(client).content.decode()
    assert not AccountDeletion.objects.exists()


def test_what_staff_did_can_still_be_read(client, luz):
    sara = User.objects.create_user("sara.s", PASSWORD, is_staff=True)
    StaffAct.record(sara, "ban", luz, why="pills")
    client.force_login(sara)
    go(client)
    AccountDeletion.objects.get().finish()
    noted = list(StaffAct.objects.order_by("pk").values_list("by_name", "what", "whom_name"))
    assert noted == [("sara.s", "ban", "luz.clara"), ("sara.s", "went", "")]


def test_the_desk_deletes_by_the_same_verb(client, luz):
    client.force_login(User.objects.create_superuser("sara.o", PASSWORD))
    key = sign_in(luz)
    path = f"/admin/accounts/user/{luz.pk}/delete/"
    assert "luz.clara" in client.get(path).content.decode()
    assert client.post(path, {"post": "yes"}).status_code == 302
    assert AccountDeletion.pending().get().user_id == luz.pk
    assert valid_keys([key]) == set()
    assert "luz.clara" not in client.get("/admin/accounts/user/").content.decode().split("result_list")[1]
    assert StaffAct.objects.values_list("what", "whom_name").get() == ("deleted", "luz.clara")


def test_a_new_password_at_that_very_moment_does_not_bring_the_account_back(at_home, luz, monkeypatch):
    hashed = User.set_password

    def set_password(user, *args):
        AccountDeletion.start(User.objects.get(pk=user.pk))  # in another tab, while this one hashes
        hashed(user, *args)

    monkeypatch.setattr(User, "set_password", set_password)
    new = "another walk, to the hills"
    answers = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert at_home.post("/accounts/password/", answers).url == "/accounts/sign-in/"
    luz.refresh_from_db()
    assert not luz.is_active and not luz.has_usable_password()


def test_a_profile_saved_at_that_very_moment_does_not_bring_the_account_back(at_home, luz, monkeypatch):
    clean = User.full_clean

    def full_clean(user, *args, **kwargs):
        AccountDeletion.start(User.objects.get(pk=user.pk))
        return clean(user, *args, **kwargs)

    monkeypatch.setattr(User, "full_clean", full_clean)
    names = {"first_names": "Luz", "last_names": "Clara", "birth_date": "1990-05-17", "gender": "N", "language": ""}
    assert at_home.post("/accounts/profile/", names).status_code < 500
    luz.refresh_from_db()
    assert not luz.is_active and not luz.has_usable_password()


def test_an_account_that_cannot_end_wholly_does_not_end(at_home, luz, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError

    at_home.raise_request_exception = False
    monkeypatch.setattr(User, "end_sessions", fail)
    assert go(at_home).status_code == 500
    luz.refresh_from_db()
    assert luz.is_active and luz.check_password(PASSWORD) and not AccountDeletion.objects.exists()
    assert not Attempt.objects.exists()
