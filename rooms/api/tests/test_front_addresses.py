"""The `/front/` URLs of pages, which external programs link to."""

import pytest
from django.test import Client

from tests.people import unique

pytestmark = pytest.mark.once("embedded")


@pytest.fixture
def browser(people):
    browser = Client()
    browser.force_login(people.ana.user)
    return browser


def test_users_redirects_to_the_directory(browser):
    assert browser.get("/front/users").url == "/users/"


def test_own_messages_redirect_to_the_last_conversation(browser, people, api_client):
    here = f"/front/messages/{people.ana.id}"
    assert browser.get(here).url == "/rooms/"
    api_client(people.ana).post("messages", recipient_id=people.bruno.id, text=unique("hola"))
    assert browser.get(here).url == f"/messages/{people.bruno.name}/"
    api_client(people.carla).post("messages", recipient_id=people.ana.id, text=unique("hola"))
    assert browser.get(here).url == f"/messages/{people.carla.name}/"


def test_messages_of_another_user_are_not_found(browser, people):
    assert browser.get(f"/front/messages/{people.bruno.id}").status_code == 404
    assert "/accounts/sign-in/" in Client().get(f"/front/messages/{people.bruno.id}").url
