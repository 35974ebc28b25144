"""Light or dark, as one has chosen."""

import pytest
from django.test import Client

pytestmark = [pytest.mark.django_db, pytest.mark.once("embedded")]
URL = "/accounts/sign-in/"
PROFILE = "/accounts/profile/"
SWITCH = "/accounts/theme/"


def theme_of(client, url):
    html = client.get(url).content.decode()
    return html.partition('data-theme="')[2].partition('"')[0]


def choose(client, theme, came_from=URL):
    return client.post(SWITCH, {"theme": theme, "next": came_from})


def test_without_a_choice_the_system_decides(client):
    assert theme_of(client, URL) == ""
    assert '<meta name="color-scheme" content="light dark">' in client.get(URL).content.decode()


def test_a_visitors_choice_stays_in_their_browser(client):
    assert choose(client, "dark").url == URL
    assert theme_of(client, URL) == "dark"
    choose(client, "")
    assert theme_of(client, URL) == ""


def test_the_choice_of_somebody_with_an_account_goes_where_they_go(client, luz):
    client.force_login(luz)
    choose(client, "light", PROFILE)
    elsewhere = Client()
    elsewhere.force_login(luz)
    assert theme_of(elsewhere, PROFILE) == "light"


def test_nobody_gets_the_choice_of_who_used_the_browser_before(client, luz):
    choose(client, "dark")
    client.force_login(luz)
    assert theme_of(client, PROFILE) == ""


@pytest.mark.parametrize("theme", ["sepia", "dark\0", "x" * 99, '"><svg onload=1>'])
def test_the_switch_ignores_what_is_no_theme(client, luz, theme):
    client.force_login(luz)
    assert choose(client, theme).status_code == 302
    client.cookies["theme"] = "sepia"
    assert theme_of(client, PROFILE) == ""


def test_the_switch_never_leads_to_another_host(client):
    assert "evil" not in choose(client, "dark", "https://evil.example/").url


def test_the_switch_is_a_post(client):
    assert client.get(SWITCH).status_code == 405
