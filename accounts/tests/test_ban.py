"""Site-wide bans."""

import datetime

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Attempt, StaffAct, Token
from accounts.models.staff_act import AppendOnlyError
from accounts.sessions import banned_users, valid_keys, valid_principals
from tests.people import PASSWORD, sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.once("embedded")]
URL = "/accounts/sign-in/"
REASON = "Advertised <b>pills</b>"
LATER = datetime.datetime(2090, 5, 17, 12, 30, tzinfo=datetime.UTC)


def try_signing_in(password=PASSWORD, **headers):
    return Client(headers=headers).post(URL, {"username": "luz.clara", "password": password})


def words(response):
    return response.context["form"].non_field_errors()


def test_banned_user_reads_reason_and_end(luz):
    luz.ban(REASON, until=LATER)
    said = "This account is banned until May 17, 2090, 12:30 p.m. UTC. The reason: Advertised <b>pills</b>"
    response = try_signing_in()
    assert words(response) == [said]
    assert "<b>pills" not in response.content.decode()


def test_notice_of_permanent_ban_names_no_end(luz):
    luz.ban(REASON)
    assert words(try_signing_in()) == [f"This account is banned. The reason: {REASON}"]


def test_ban_notice_is_translated(luz):
    luz.ban(REASON, until=LATER)
    assert "vetada hasta el 17 de mayo de 2090" in words(try_signing_in(**{"accept-language": "es"}))[0]


def test_wrong_password_discloses_no_ban(luz):
    luz.ban(REASON)
    assert words(try_signing_in("wrong")) == ["The user name or the password is wrong."]


def test_ban_notice_is_no_failed_attempt(luz):
    luz.ban(REASON)
    try_signing_in()
    assert not Attempt.objects.exists()


def test_ban_expires_by_the_clock(luz):
    luz.ban(REASON, until=timezone.now() - datetime.timedelta(seconds=1))
    assert not luz.is_banned and banned_users([luz.pk]) == {}
    assert try_signing_in().status_code == 302


def test_lifted_ban_allows_sign_in(luz):
    luz.ban(REASON)
    luz.lift_ban()
    assert try_signing_in().status_code == 302


def test_ban_ends_every_session(luz, client):
    client.force_login(luz)
    key = client.session.session_key
    luz.ban(REASON, until=LATER)
    assert valid_keys([key]) == set()
    assert banned_users([luz.pk]) == {luz.pk: luz}
    assert client.get("/accounts/profile/").status_code == 302


def test_session_created_during_ban_is_invalid(luz, client):
    luz.ban(REASON)
    client.force_login(luz)
    assert valid_keys([client.session.session_key]) == set()
    assert client.get("/accounts/profile/").url.startswith(URL)


def test_principals_reflect_current_rights(luz):
    key = sign_in(luz)
    luz.is_staff = True
    luz.save()
    assert valid_principals([key, "no such session"])[key].user.is_staff


def test_token_is_refused_during_ban_and_valid_afterwards(luz, client):
    _token, secret = Token.issue(luz, "script")
    ask = {"headers": {"authorization": f"Bearer {secret}"}}
    luz.ban(REASON)
    refused = client.get("/api/v1/users", **ask)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "banned")
    assert REASON in refused.json()["error"]["message"]
    luz.lift_ban()
    assert client.get("/api/v1/users", **ask).status_code == 200


@pytest.mark.parametrize(("password", "status", "code"), [(PASSWORD, 403, "banned"), ("wrong", 401, "wrong_password")])
def test_banned_user_cannot_issue_token_by_password(luz, client, password, status, code):
    luz.ban(REASON)
    body = {"name": "x", "username": "luz.clara", "password": password}
    refused = client.post("/api/v1/tokens", body, content_type="application/json")
    assert (refused.status_code, refused.json()["error"]["code"]) == (status, code)
    assert not Token.objects.exists()


def test_deactivated_user_cannot_sign_in_until_reactivated(luz):
    luz.deactivate()
    assert words(try_signing_in()) == ["The user name or the password is wrong."]
    luz.reactivate()
    assert try_signing_in().status_code == 302


def test_staff_log_is_append_only(luz):
    act = StaffAct.record(luz, "ban", luz, details="until tomorrow", why=REASON)
    luz.username = "another.user"
    luz.save()
    act.why = "nothing"
    for attempt in [
        act.save,
        act.delete,
        StaffAct.objects.all().delete,
        lambda: StaffAct.objects.update(why="nothing"),
        lambda: StaffAct.objects.bulk_update([act], ["why"]),
        lambda: StaffAct.objects.update_or_create(pk=act.pk, defaults={"why": "nothing"}),
        lambda: StaffAct(pk=act.pk, by_id=1, by_name="x", what="y").save(force_update=True),
    ]:
        with pytest.raises(AppendOnlyError):
            attempt()
    kept = StaffAct.objects.get()
    assert (kept.by_name, kept.what, kept.whom_name, kept.why) == ("luz.clara", "ban", "luz.clara", REASON)
