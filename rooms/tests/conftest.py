"""Whoever stands at the desk, and somebody to be dealt with."""

import datetime

import pytest

from tests.desk import at_desk
from tests.people import sign_up


@pytest.fixture
def staff():
    return at_desk()


@pytest.fixture
def owner():
    return at_desk(is_superuser=True)


@pytest.fixture
def luz():
    return sign_up("luz", first_names="Luz", last_names="Clara", birth_date=datetime.date(1990, 5, 17), gender="F").user
