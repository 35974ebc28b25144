"""Validity of sessions."""

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


def test_valid_session_has_user(luz, key):
    assert user_of(key) == luz
    assert valid_keys([key, "no such session"]) == {key}
    assert Session.objects.get(pk=key).user == luz


def test_unknown_session_is_invalid(db):
    expect_ended("no such session")


def test_session_of_visitor_is_invalid(client, db):
    session = client.session
    session["seen"] = 1
    session.save()
    assert Session.objects.filter(pk=session.session_key, user=None).exists()
    expect_ended(session.session_key)


def test_expired_session_is_invalid(key):
    Session.objects.filter(pk=key).update(expire_date=timezone.now() - datetime.timedelta(seconds=1))
    expect_ended(key)


def test_session_of_deactivated_user_is_invalid(luz, key):
    luz.is_active = False
    luz.save()
    expect_ended(key)


def test_session_with_old_password_hash_is_invalid(luz, key):
    luz.set_password("another walk to the sea")
    luz.save()
    assert Session.objects.filter(pk=key).exists()
    expect_ended(key)


def test_session_is_valid_under_fallback_secret_key(key, settings):
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "a new one"
    assert user_of(key) is not None


def test_new_secret_key_invalidates_sessions(key, settings):
    settings.SECRET_KEY = "a new one"
    expect_ended(key)


def test_session_with_forged_user_is_invalid(luz, client):
    session = client.session
    session["_auth_user_id"] = str(luz.pk)
    session[HASH_SESSION_KEY] = "0" * 64
    session.save()
    expect_ended(session.session_key)


def test_saved_session_keeps_start_and_owner(luz, client):
    client.force_login(luz)
    began = timezone.now() - datetime.timedelta(days=3)
    Session.objects.update(created_at=began)
    session = client.session
    session["more"] = "words"
    session.save()
    saved = Session.objects.get()
    assert (saved.created_at, saved.user, saved.get_decoded()["more"]) == (began, luz, "words")


def test_each_sign_in_creates_session(luz):
    Client().post("/accounts/sign-in/", {"username": "luz.clara", "password": PASSWORD})
    Client().post("/accounts/sign-in/", {"username": "luz.clara", "password": PASSWORD})
    assert luz.sessions.count() == 2


def test_many_sessions_are_checked_in_one_query(luz, django_assert_num_queries):
    keys = [sign_in(luz) for _ in range(5)]
    with django_assert_num_queries(1):
        assert valid_keys(keys) == set(keys)
    with django_assert_num_queries(1):
        assert user_of(keys[0]) == luz


@pytest.mark.parametrize("key", ["", "12345678\0", "' OR 1=1 --", "é" * 32])
def test_malformed_session_key_is_invalid(client, key):
    client.cookies[settings.SESSION_COOKIE_NAME] = key
    assert client.get("/accounts/sign-in/").status_code == 200
    assert user_of(key) is None
