"""In which language pages come."""

import pytest

pytestmark = [pytest.mark.django_db, pytest.mark.once("embedded")]
URL = "/accounts/sign-in/"
PROFILE = "/accounts/profile/"
SPANISH = {"accept-language": "es"}
ENGLISH = {"accept-language": "en"}


def language_of(client, url=PROFILE, headers=None):
    response = client.get(url, headers=headers)
    assert f'<html lang="{response.headers["Content-Language"]}"' in response.content.decode()
    return response.headers["Content-Language"]


def prefer(user, language):
    user.language = language
    user.save()


def test_the_browser_decides_for_a_visitor(client):
    assert language_of(client, URL, SPANISH) == "es"
    assert language_of(client, URL, ENGLISH) == "en"


def test_the_browser_decides_where_the_profile_says_nothing(client, luz):
    client.force_login(luz)
    assert language_of(client, headers=SPANISH) == "es"


def test_the_profile_wins_over_the_browser(client, luz):
    prefer(luz, "es")
    client.force_login(luz)
    assert language_of(client, headers=ENGLISH) == "es"


def test_a_language_the_site_no_longer_speaks_is_passed_over(client, luz):
    prefer(luz, "tlh")
    client.force_login(luz)
    assert language_of(client, headers=SPANISH) == "es"


def test_a_visitor_switches_the_language(client):
    response = client.post("/accounts/i18n/setlang/", {"language": "es", "next": URL})
    assert response.url == URL
    assert language_of(client, URL, ENGLISH) == "es"


def test_the_switch_writes_into_the_profile_of_whoever_is_signed_in(client, luz):
    prefer(luz, "en")
    client.force_login(luz)
    client.post("/accounts/i18n/setlang/", {"language": "es", "next": PROFILE})
    luz.refresh_from_db()
    assert luz.language == "es"
    assert language_of(client, headers=ENGLISH) == "es"


@pytest.mark.parametrize("language", ["xx", "", "es\0", "x" * 99])
def test_the_switch_ignores_what_is_no_language(client, luz, language):
    prefer(luz, "es")
    client.force_login(luz)
    assert client.post("/accounts/i18n/setlang/", {"language": language, "next": PROFILE}).status_code == 302
    luz.refresh_from_db()
    assert luz.language == "es"


def test_the_switch_never_leads_to_another_host(client):
    response = client.post("/accounts/i18n/setlang/", {"language": "es", "next": "https://evil.example/"})
    assert "evil" not in response.url


def test_saving_the_profile_answers_in_the_language_just_chosen(client, luz):
    client.force_login(luz)
    changes = {"first_names": "L", "last_names": "C", "birth_date": "1990-05-17", "gender": "N", "language": "es"}
    client.post(PROFILE, changes)
    assert "Tu perfil está guardado." in client.get(PROFILE).content.decode()
