"""The cast: ana, bruno and carla, new in every test."""

import datetime
import secrets
from dataclasses import dataclass
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client

from accounts.models import User

PASSWORD = "a long walk to the sea"


@dataclass(frozen=True)
class Person:
    """Somebody with an account and an open session."""

    id: int
    name: str
    session_key: str
    password: str = PASSWORD

    @property
    def cookie(self):
        """The value of a `Cookie` header."""
        return f"{settings.SESSION_COOKIE_NAME}={self.session_key}"

    @property
    def user(self):
        return User.objects.get(pk=self.id)


def unique(word):
    """A name nobody else has: `ana-3fb2c190`. Of three bytes, one run in thirty had the same one twice."""
    return f"{word}-{secrets.token_hex(4)}"


def sign_up(word, **fields):
    """A new person whose name begins with `word`, signed in."""
    fields = {"first_names": word.title(), "last_names": "Tester", "birth_date": datetime.date(1990, 5, 17)} | fields
    user = User.objects.create_user(unique(word), password=PASSWORD, **fields)
    return Person(user.pk, user.username, sign_in(user))


def sign_in(user):
    """Open a session of `user`; its key."""
    browser = Client()
    browser.force_login(user)
    return browser.session.session_key


@pytest.fixture
def people(committed):
    """`people.ana`, `people.bruno`, `people.carla`; more with `tests.people.sign_up("dora")`."""
    with transaction.atomic():  # one commit instead of twenty
        return SimpleNamespace(ana=sign_up("ana"), bruno=sign_up("bruno"), carla=sign_up("carla"))
