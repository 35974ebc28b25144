"""Fixtures and helpers of the account tests."""

import datetime
from html.parser import HTMLParser

import pytest

from accounts.models import User
from tests.people import PASSWORD


def years_ago(years, *, days=0):
    """Return the date of birth of a person who turns `years` today, or in some days."""
    today = datetime.datetime.now(datetime.UTC).date()
    # Most years have no 29 February; who was born on the 28th has reached the age as well.
    day = today if (today.month, today.day) != (2, 29) else today.replace(day=28)
    return day.replace(year=day.year - years) + datetime.timedelta(days=days)


@pytest.fixture
def answers():
    """Valid input of the sign-up form."""
    return {
        "username": "Ana_Luz",
        "password1": PASSWORD,
        "password2": PASSWORD,
        "first_names": "Ana María",
        "last_names": "Luz Peña",
        "birth_date": "1990-05-17",
        "gender": "F",
    }


@pytest.fixture
def luz(db):
    return User.objects.create_user(
        "luz.clara",
        PASSWORD,
        first_names="Luz",
        last_names="Clara",
        birth_date=datetime.date(1990, 5, 17),
        gender="F",
    )


class Page(HTMLParser):
    """The elements of an HTML page: attributes and text, by id."""

    VOID = {"input", "meta", "link", "img", "br"}

    def __init__(self, response):
        super().__init__()
        self.elements, self.text, self.open = {}, {}, []
        self.feed(response.content.decode())

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if "id" in attributes:
            self.elements[attributes["id"]] = attributes
        if tag not in self.VOID:
            self.open.append((tag, attributes.get("id")))

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        for _tag, element in self.open:
            if element:
                self.text[element] = self.text.get(element, "") + data

    def error_of(self, name):
        """The error that the field's `aria-describedby` refers to; empty for a valid field."""
        field = self.elements[f"id_{name}"]
        described = field.get("aria-describedby", "").split()
        words = [self.text[one] for one in described if one.endswith("_error")]
        assert bool(words) == (field.get("aria-invalid") == "true")
        return " ".join("".join(words).split())
