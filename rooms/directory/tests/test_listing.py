"""The directory where it is longer than a page."""

import secrets
import sys

import pytest
from django.test import Client

from rooms.directory.listing import directory
from tests.people import sign_up, unique


@pytest.fixture
def crowd(people, monkeypatch):
    """Three people, and a page that holds two."""
    monkeypatch.setattr(sys.modules["rooms.directory.listing"], "USERS_PER_PAGE", 2)
    tag = secrets.token_hex(3)  # so that nobody of another test stands between them
    return [sign_up(word) for word in (f"Aaa{tag}0", f"aaa{tag}1", f"Aaa{tag}2")]


def walk(by, page, end):
    """The names of all pages from one name on, in order, until a page has passed another name."""
    names = []
    while page is not None and page.lower() < end:
        found = directory(by, page)
        names += [user["name"] for user in found.users]
        page = found.after
    return names


def test_page_after_page_everybody_is_there_once_in_order(crowd):
    names = walk(crowd[0].user, "aa", end="aab")
    assert len(names) == len(set(names))
    assert names == sorted(names, key=str.lower)
    assert {person.name for person in crowd} <= set(names)
    assert [user["name"] for user in directory(crowd[0].user, "").users] == names[:2]


def test_who_is_connected_comes_first_and_is_counted(crowd):
    found = directory(crowd[0].user)
    assert len(found.users) <= 2 < found.total
    assert [user["online"] for user in found.users] == sorted((user["online"] for user in found.users), reverse=True)


def test_the_page_leads_on_to_everybody(crowd):
    browser = Client()
    browser.force_login(crowd[0].user)
    first = browser.get("/users/")
    assert 'href="?after="' in first.content.decode()
    page = browser.get("/users/", {"after": crowd[0].name}).content.decode()
    assert f'href="/messages/{crowd[1].name}/"' in page and f'href="/messages/{crowd[0].name}/"' not in page


def test_a_name_that_nobody_could_have_is_no_fault(crowd):
    browser = Client()
    browser.force_login(crowd[0].user)
    for odd in ("\0", "\ud800".encode("utf-8", "surrogatepass"), "z" * 10_000, unique("ñandú")):
        assert browser.get("/users/", {"after": odd}).status_code == 200
