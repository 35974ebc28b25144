"""Whom the site keeps out: they are told, and nobody else learns of it."""

import datetime

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Attempt, StaffAct, Token
from accounts.models.staff_act import Unchangeable
from accounts.sessions import alive, banned_among, holders
from tests.people import PASSWORD, sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.once("embedded")]
URL = "/accounts/sign-in/"
REASON = "Advertised <b>pills</b>"
LATER = datetime.datetime(2090, 5, 17, 12, 30, tzinfo=datetime.UTC)


def try_signing_in(password=PASSWORD, **headers):
    return Client(headers=headers).post(URL, {"username": "luz.clara", "password": password})


def words(response):
    return response.context["form"].non_field_errors()


def test_a_banned_person_reads_why_and_until_when(luz):
    luz.ban(REASON, until=LATER)
    said = "This account is banned until May 17, 2090, 12:30 p.m. UTC. The reason: Advertised <b>pills</b>"
    response = try_signing_in()
    assert words(response) == [said]
    assert "<b>pills" not in response.content.decode()


def test_a_ban_without_an_end_names_none(luz):
    luz.ban(REASON)
    assert words(try_signing_in()) == [f"This account is banned. The reason: {REASON}"]


def test_the_ban_is_told_in_spanish_too(luz):
    luz.ban(REASON, until=LATER)
    assert "vetada hasta el 17 de mayo de 2090" in words(try_signing_in(**{"accept-language": "es"}))[0]


def test_whoever_does_not_know_the_password_learns_of_no_ban(luz):
    luz.ban(REASON)
    assert words(try_signing_in("wrong")) == ["The user name or the password is wrong."]


def test_being_told_of_a_ban_counts_as_no_failed_try(luz):
    luz.ban(REASON)
    try_signing_in()
    assert not Attempt.objects.exists()


def test_a_ban_ends_by_the_clock(luz):
    luz.ban(REASON, until=timezone.now() - datetime.timedelta(seconds=1))
    assert not luz.is_banned and banned_among([luz.pk]) == {}
    assert try_signing_in().status_code == 302


def test_a_lifted_ban_is_forgotten(luz):
    luz.ban(REASON)
    luz.lift_ban()
    assert try_signing_in().status_code == 302


def test_a_ban_ends_every_session(luz, client):
    client.force_login(luz)
    key = client.session.session_key
    luz.ban(REASON, until=LATER)
    assert alive([key]) == set()
    assert banned_among([luz.pk]) == {luz.pk: luz}
    assert client.get("/accounts/profile/").status_code == 302


@pytest.mark.both_footings
def test_a_session_begun_while_the_ban_was_written_does_not_hold(luz, client):
    luz.ban(REASON)
    client.force_login(luz)
    assert alive([client.session.session_key]) == set()
    assert client.get("/accounts/profile/").url.startswith(URL)


def test_the_holders_of_sessions_are_known_as_they_are_now(luz):
    key = sign_in(luz)
    luz.is_staff = True
    luz.save()
    assert holders([key, "no such session"])[key].user.is_staff


def test_a_token_of_the_banned_says_so_and_holds_again_afterwards(luz, client):
    _token, secret = Token.make(luz, "script")
    ask = {"headers": {"authorization": f"Bearer {secret}"}}
    luz.ban(REASON)
    refused = client.get("/api/v1/users", **ask)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "banned")
    assert REASON in refused.json()["error"]["message"]
    luz.lift_ban()
    assert client.get("/api/v1/users", **ask).status_code == 200


@pytest.mark.parametrize(("password", "status", "code"), [(PASSWORD, 403, "banned"), ("wrong", 401, "wrong_password")])
def test_no_token_is_made_by_the_password_of_the_banned(luz, client, password, status, code):
    luz.ban(REASON)
    body = {"name": "x", "username": "luz.clara", "password": password}
    refused = client.post("/api/v1/tokens", body, content_type="application/json")
    assert (refused.status_code, refused.json()["error"]["code"]) == (status, code)
    assert not Token.objects.exists()


def test_the_deactivated_read_what_strangers_read_and_come_back_when_they_are_active_again(luz):
    luz.deactivate()
    assert words(try_signing_in()) == ["The user name or the password is wrong."]
    luz.reactivate()
    assert try_signing_in().status_code == 302


def test_what_staff_did_is_written_once_and_for_all(luz):
    act = StaffAct.note(luz, "ban", luz, details="until tomorrow", why=REASON)
    luz.username = "somebody.else"
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
        with pytest.raises(Unchangeable):
            attempt()
    kept = StaffAct.objects.get()
    assert (kept.by_name, kept.what, kept.whom_name, kept.why) == ("luz.clara", "ban", "luz.clara", REASON)
