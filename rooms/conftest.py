"""Fixtures of all tests of rooms: a room, staff, and a user to moderate."""

import datetime

import pytest

from tests.people import sign_up, unique
from tests.staff_pages import sign_in_staff

from .models import Room


@pytest.fixture
def room(people):
    """A room of ana, with bruno as a member."""
    room = Room.create(people.ana.user, unique("room"))
    for person in (people.ana, people.bruno):
        room.admit(person.user)
    return room


@pytest.fixture
def staff():
    return sign_in_staff()


@pytest.fixture
def owner():
    return sign_in_staff(is_superuser=True)


@pytest.fixture
def luz():
    return sign_up("luz", first_names="Luz", last_names="Clara", birth_date=datetime.date(1990, 5, 17), gender="F").user
