"""Users for tests: ana, bruno and carla, new in every test."""

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
    """A user with an open session."""

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
    """Return a unique name, such as `ana-3fb2c190`. Three random bytes collided in one run in thirty."""
    return f"{word}-{secrets.token_hex(4)}"


def sign_up(word, **fields):
    """Create a user whose name begins with `word`, and sign them in."""
    fields = {"first_names": word.title(), "last_names": "Tester", "birth_date": datetime.date(1990, 5, 17)} | fields
    user = User.objects.create_user(unique(word), password=PASSWORD, **fields)
    return Person(user.pk, user.username, sign_in(user))


def sign_in(user):
    """Create a session of `user` and return its key."""
    browser = Client()
    browser.force_login(user)
    return browser.session.session_key


@pytest.fixture
def people(committed):
    """`people.ana`, `people.bruno`, `people.carla`; more with `tests.people.sign_up("dora")`."""
    with transaction.atomic():  # one commit instead of twenty
        return SimpleNamespace(ana=sign_up("ana"), bruno=sign_up("bruno"), carla=sign_up("carla"))
