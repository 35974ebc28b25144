"""Account deletion: confirmation, what is erased, idempotency and races."""

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
def signed_in(client, luz):
    """A browser in which luz is signed in."""
    client.force_login(luz)
    return client


def go(browser, password=PASSWORD):
    return browser.post(URL, {"password": password})


def test_deletion_page_is_linked_and_names_the_account(signed_in, client):
    assert f'href="{URL}"' in signed_in.get("/accounts/profile/").content.decode()
    page = signed_in.get(URL).content.decode()
    assert "luz.clara" in page and "deleted user" in page
    assert Client().get(URL).url == f"/accounts/sign-in/?next={URL}"


def test_wrong_password_deletes_nothing(signed_in, luz):
    page = Page(go(signed_in, "wrong"))
    assert page.error_of("password")
    luz.refresh_from_db()
    assert luz.is_active and luz.first_names == "Luz"


def test_attempts_share_the_limit_of_password_changes(signed_in):
    for _ in range(5):
        go(signed_in, "wrong")
        signed_in.post("/accounts/password/", {"old_password": "wrong"})
    refused = go(signed_in)
    assert refused.status_code == 429 and refused["Retry-After"]
    assert not AccountDeletion.objects.exists()


def test_deletion_erases_personal_data_sessions_and_tokens(signed_in, luz):
    luz.email, luz.language = "luz@example.org", "es"
    luz.save()
    keys = [signed_in.session.session_key, sign_in(luz)]
    Token.issue(luz, "program")

    response = go(signed_in)

    assert response.url == "/accounts/sign-in/"
    assert response["Clear-Site-Data"] == '"storage"'
    assert "cuenta" in signed_in.get(response.url).content.decode()
    luz.refresh_from_db()
    assert (luz.first_names, luz.last_names, luz.birth_date, luz.email, luz.gender) == ("", "", None, "", "N")
    assert not luz.is_active and not luz.has_usable_password()
    assert valid_keys(keys) == set() and not luz.tokens.exists()
    assert Client().post("/accounts/sign-in/", {"username": "luz.clara", "password": PASSWORD}).status_code == 200


def test_row_is_deleted_after_retention(luz):
    AccountDeletion.start(luz)
    deletion = AccountDeletion.objects.get()
    assert not deletion.is_due
    AccountDeletion.objects.update(at=timezone.now() - ROW_RETENTION - datetime.timedelta(seconds=1))
    deletion.refresh_from_db()
    assert deletion.is_due
    deletion.finish()
    assert not User.objects.exists() and not AccountDeletion.pending().exists()


@pytest.mark.parametrize("name", ["luz.clara", "LUZ.Clara", "1uz.clara"])
@pytest.mark.parametrize("is_row_gone", [False, True])
def test_name_of_deleted_account_cannot_be_taken(client, luz, answers, name, is_row_gone):
    AccountDeletion.start(luz)
    if is_row_gone:
        AccountDeletion.objects.get().finish()
    page = Page(client.post("/accounts/sign-up/", answers | {"username": name}))
    assert "taken" in page.error_of("username")
    assert not [held for held in AccountDeletion.objects.values_list("name_key", "name_look").get() if "luz" in held]


def test_staff_can_reuse_name_of_deleted_account(client, luz):
    AccountDeletion.start(luz)
    AccountDeletion.objects.get().finish()
    client.force_login(User.objects.create_superuser("sara.o", PASSWORD))
    answers = {"username": "luz.clara", "password1": PASSWORD, "password2": PASSWORD, "usable_password": "true"}
    client.post("/admin/accounts/user/add/", answers | {"gender": "N"})
    assert User.objects.named("luz.clara").get().is_active


def test_deletion_is_idempotent(signed_in, luz):
    other = Client()
    other.force_login(luz)
    assert go(signed_in).url == "/accounts/sign-in/"
    assert go(other).status_code == 302
    assert AccountDeletion.start(luz) is False
    assert AccountDeletion.objects.count() == 1


def test_last_owner_cannot_delete_account(client):
    owner = User.objects.create_superuser("sara.o", PASSWORD)
    idle = User.objects.create_superuser("sara.p", PASSWORD, is_active=False)
    client.force_login(owner)
    page = go(client)
    assert "last owner" in page.content.decode()
    idle.reactivate()
    assert go(client).status_code == 302


def test_bot_cannot_delete_itself(client, luz):
    User.objects.filter(pk=luz.pk).update(is_bot=True)
    client.force_login(User.objects.get())
    assert "program" in go(client).content.decode()
    assert not AccountDeletion.objects.exists()


def test_staff_log_survives_account_deletion(client, luz):
    sara = User.objects.create_user("sara.s", PASSWORD, is_staff=True)
    StaffAct.record(sara, "ban", luz, why="pills")
    client.force_login(sara)
    go(client)
    AccountDeletion.objects.get().finish()
    noted = list(StaffAct.objects.order_by("pk").values_list("by_name", "what", "whom_name"))
    assert noted == [("sara.s", "ban", "luz.clara"), ("sara.s", "went", "")]


def test_staff_site_deletes_by_account_deletion(client, luz):
    client.force_login(User.objects.create_superuser("sara.o", PASSWORD))
    key = sign_in(luz)
    path = f"/admin/accounts/user/{luz.pk}/delete/"
    assert "luz.clara" in client.get(path).content.decode()
    assert client.post(path, {"post": "yes"}).status_code == 302
    assert AccountDeletion.pending().get().user_id == luz.pk
    assert valid_keys([key]) == set()
    assert "luz.clara" not in client.get("/admin/accounts/user/").content.decode().split("result_list")[1]
    assert StaffAct.objects.values_list("what", "whom_name").get() == ("deleted", "luz.clara")


def test_concurrent_password_change_does_not_restore_account(signed_in, luz, monkeypatch):
    hashed = User.set_password

    def set_password(user, *args):
        AccountDeletion.start(User.objects.get(pk=user.pk))  # in another tab, while this one hashes
        hashed(user, *args)

    monkeypatch.setattr(User, "set_password", set_password)
    new = "another walk, to the hills"
    answers = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert signed_in.post("/accounts/password/", answers).url == "/accounts/sign-in/"
    luz.refresh_from_db()
    assert not luz.is_active and not luz.has_usable_password()


def test_concurrent_profile_change_does_not_restore_account(signed_in, luz, monkeypatch):
    clean = User.full_clean

    def full_clean(user, *args, **kwargs):
        AccountDeletion.start(User.objects.get(pk=user.pk))
        return clean(user, *args, **kwargs)

    monkeypatch.setattr(User, "full_clean", full_clean)
    names = {"first_names": "Luz", "last_names": "Clara", "birth_date": "1990-05-17", "gender": "N", "language": ""}
    assert signed_in.post("/accounts/profile/", names).status_code < 500
    luz.refresh_from_db()
    assert not luz.is_active and not luz.has_usable_password()


def test_failed_deletion_is_rolled_back(signed_in, luz, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError

    signed_in.raise_request_exception = False
    monkeypatch.setattr(User, "end_sessions", fail)
    assert go(signed_in).status_code == 500
    luz.refresh_from_db()
    assert luz.is_active and luz.check_password(PASSWORD) and not AccountDeletion.objects.exists()
    assert not Attempt.objects.exists()
