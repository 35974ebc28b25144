"""Hashing a password takes long on purpose, and in a transaction of SQLite nobody else can write."""

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection
from django.test import Client

from accounts.models import User
from tests.people import PASSWORD, unique


class PatientHasher(MD5PasswordHasher):
    """Fails where others would have to wait for it."""

    algorithm = "patient"

    def encode(self, password, salt):
        assert not connection.in_atomic_block
        return super().encode(password, salt)


@pytest.fixture
def patient(committed, settings):
    settings.PASSWORD_HASHERS = ["accounts.tests.test_hashing.PatientHasher"]


def test_signing_up_hashes_before_its_transaction(patient, answers):
    name = unique("luz")
    assert Client().post("/accounts/sign-up/", answers | {"username": name}).status_code == 302
    assert User.objects.get(username=name).password.startswith("patient$")


def test_changing_the_password_hashes_before_its_transaction(patient):
    browser = Client()
    browser.force_login(User.objects.create_user(unique("luz"), PASSWORD))
    new = {"old_password": PASSWORD, "new_password1": "a walk back home", "new_password2": "a walk back home"}
    assert browser.post("/accounts/password/", new).status_code == 302
    assert browser.get("/accounts/profile/").status_code == 200
