"""The language of pages."""

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


def test_visitor_gets_language_of_browser(client):
    assert language_of(client, URL, SPANISH) == "es"
    assert language_of(client, URL, ENGLISH) == "en"


def test_empty_profile_language_leaves_it_to_browser(client, luz):
    client.force_login(luz)
    assert language_of(client, headers=SPANISH) == "es"


def test_profile_language_wins_over_browser(client, luz):
    prefer(luz, "es")
    client.force_login(luz)
    assert language_of(client, headers=ENGLISH) == "es"


def test_unsupported_profile_language_is_ignored(client, luz):
    prefer(luz, "tlh")
    client.force_login(luz)
    assert language_of(client, headers=SPANISH) == "es"


def test_visitor_switches_language(client):
    response = client.post("/accounts/i18n/setlang/", {"language": "es", "next": URL})
    assert response.url == URL
    assert language_of(client, URL, ENGLISH) == "es"


def test_switch_updates_profile_of_signed_in_user(client, luz):
    prefer(luz, "en")
    client.force_login(luz)
    client.post("/accounts/i18n/setlang/", {"language": "es", "next": PROFILE})
    luz.refresh_from_db()
    assert luz.language == "es"
    assert language_of(client, headers=ENGLISH) == "es"


@pytest.mark.parametrize("language", ["xx", "", "es\0", "x" * 99])
def test_switch_ignores_unknown_language(client, luz, language):
    prefer(luz, "es")
    client.force_login(luz)
    assert client.post("/accounts/i18n/setlang/", {"language": language, "next": PROFILE}).status_code == 302
    luz.refresh_from_db()
    assert luz.language == "es"


def test_switch_redirect_never_leaves_site(client):
    response = client.post("/accounts/i18n/setlang/", {"language": "es", "next": "https://evil.example/"})
    assert "evil" not in response.url


def test_saved_profile_language_takes_effect_at_once(client, luz):
    client.force_login(luz)
    changes = {"first_names": "L", "last_names": "C", "birth_date": "1990-05-17", "gender": "N", "language": "es"}
    client.post(PROFILE, changes)
    assert "Tu perfil está guardado." in client.get(PROFILE).content.decode()
