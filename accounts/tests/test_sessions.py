"""What a session says, and until when."""

import datetime

import pytest
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY
from django.test import Client
from django.utils import timezone

from accounts.models import Session
from accounts.sessions import user_of, valid_keys
from tests.people import PASSWORD, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def key(luz):
    return sign_in(luz)


def expect_ended(key):
    assert user_of(key) is None
    assert valid_keys([key]) == set()


def test_a_session_says_who_it_is(luz, key):
    assert user_of(key) == luz
    assert valid_keys([key, "no such session"]) == {key}
    assert Session.objects.get(pk=key).user == luz


def test_an_unknown_session_is_nobody(db):
    expect_ended("no such session")


def test_a_visitors_session_is_nobody(client, db):
    session = client.session
    session["seen"] = 1
    session.save()
    assert Session.objects.filter(pk=session.session_key, user=None).exists()
    expect_ended(session.session_key)


def test_an_expired_session_is_over(key):
    Session.objects.filter(pk=key).update(expire_date=timezone.now() - datetime.timedelta(seconds=1))
    expect_ended(key)


def test_a_deactivated_user_has_no_session(luz, key):
    luz.is_active = False
    luz.save()
    expect_ended(key)


def test_a_new_password_ends_sessions_even_where_nobody_deleted_them(luz, key):
    luz.set_password("another walk to the sea")
    luz.save()
    assert Session.objects.filter(pk=key).exists()
    expect_ended(key)


def test_a_session_outlives_a_new_secret_key_while_the_old_one_is_known(key, settings):
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "a new one"
    assert user_of(key) is not None


def test_a_new_secret_key_ends_sessions(key, settings):
    settings.SECRET_KEY = "a new one"
    expect_ended(key)


def test_a_forged_owner_is_not_believed(luz, client):
    session = client.session
    session["_auth_user_id"] = str(luz.pk)
    session[HASH_SESSION_KEY] = "0" * 64
    session.save()
    expect_ended(session.session_key)


def test_saving_a_session_again_keeps_its_beginning_and_its_owner(luz, client):
    client.force_login(luz)
    began = timezone.now() - datetime.timedelta(days=3)
    Session.objects.update(created_at=began)
    session = client.session
    session["more"] = "words"
    session.save()
    saved = Session.objects.get()
    assert (saved.created_at, saved.user, saved.get_decoded()["more"]) == (began, luz, "words")


def test_a_user_has_a_session_in_each_browser(luz):
    Client().post("/accounts/sign-in/", {"username": "luz.clara", "password": PASSWORD})
    Client().post("/accounts/sign-in/", {"username": "luz.clara", "password": PASSWORD})
    assert luz.sessions.count() == 2


def test_asking_after_many_sessions_is_one_query(luz, django_assert_num_queries):
    keys = [sign_in(luz) for _ in range(5)]
    with django_assert_num_queries(1):
        assert valid_keys(keys) == set(keys)
    with django_assert_num_queries(1):
        assert user_of(keys[0]) == luz


@pytest.mark.parametrize("key", ["", "12345678\0", "' OR 1=1 --", "é" * 32])
def test_what_cannot_be_a_key_is_nobodys(client, key):
    client.cookies[settings.SESSION_COOKIE_NAME] = key
    assert client.get("/accounts/sign-in/").status_code == 200
    assert user_of(key) is None
