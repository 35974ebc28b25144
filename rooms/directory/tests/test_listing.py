"""Pagination of the directory of users."""

import secrets
import sys

import pytest
from django.test import Client

from rooms.directory.listing import directory
from tests.people import sign_up, unique


@pytest.fixture
def crowd(people, monkeypatch):
    """Three users, with two on a page."""
    monkeypatch.setattr(sys.modules["rooms.directory.listing"], "USERS_PER_PAGE", 2)
    tag = secrets.token_hex(3)  # so that no user of another test is listed between them
    return [sign_up(word) for word in (f"Aaa{tag}0", f"aaa{tag}1", f"Aaa{tag}2")]


def walk(by, page, end):
    """Return the names of all pages after one name, until a page passes `end`."""
    names = []
    while page is not None and page.lower() < end:
        found = directory(by, page)
        names += [user["name"] for user in found.users]
        page = found.after
    return names


def test_pages_list_every_user_once_in_order(crowd):
    names = walk(crowd[0].user, "aa", end="aab")
    assert len(names) == len(set(names))
    assert names == sorted(names, key=str.lower)
    assert {person.name for person in crowd} <= set(names)
    assert [user["name"] for user in directory(crowd[0].user, "").users] == names[:2]


def test_online_users_come_first_and_are_counted(crowd):
    found = directory(crowd[0].user)
    assert len(found.users) <= 2 < found.total
    assert [user["online"] for user in found.users] == sorted((user["online"] for user in found.users), reverse=True)


def test_pages_are_linked(crowd):
    browser = Client()
    browser.force_login(crowd[0].user)
    first = browser.get("/users/")
    assert 'href="?after="' in first.content.decode()
    page = browser.get("/users/", {"after": crowd[0].name}).content.decode()
    assert f'href="/messages/{crowd[1].name}/"' in page and f'href="/messages/{crowd[0].name}/"' not in page


def test_impossible_name_is_no_server_error(crowd):
    browser = Client()
    browser.force_login(crowd[0].user)
    for odd in ("\0", "\ud800".encode("utf-8", "surrogatepass"), "z" * 10_000, unique("ñandú")):
        assert browser.get("/users/", {"after": odd}).status_code == 200
