"""The profile: personal data, password, sessions."""

import pytest
from django.db.models.signals import post_delete
from django.test import Client

from accounts.models import Session
from accounts.sessions import valid_keys
from tests.people import PASSWORD, sign_in, sign_up

from .conftest import Page

pytestmark = pytest.mark.once("embedded")

URL = "/accounts/profile/"
NEW_PASSWORD = "another walk, to the hills"


@pytest.fixture
def signed_in(client, luz):
    """A browser in which luz is signed in."""
    client.force_login(luz)
    return client


@pytest.fixture
def changes():
    return {
        "first_names": "Luz Marina",
        "last_names": "Clara Ruiz",
        "birth_date": "1991-01-02",
        "gender": "N",
        "email": "luz@example.org",
        "language": "",
    }


def change_password(browser, old=PASSWORD, new=NEW_PASSWORD, again=None):
    answers = {"old_password": old, "new_password1": new, "new_password2": new if again is None else again}
    return browser.post("/accounts/password/", answers)


@pytest.mark.parametrize("url", [URL, "/accounts/password/"])
def test_profile_requires_sign_in(client, url):
    assert client.get(url).url == f"/accounts/sign-in/?next={url}"


def test_profile_shows_data_and_age(signed_in, luz):
    response = signed_in.get(URL)
    assert Page(response).elements["id_birth_date"]["value"] == "1990-05-17"
    assert f"{luz.age} years old" in response.content.decode()


def test_profile_form_changes_only_its_fields(signed_in, luz, changes):
    assert signed_in.post(URL, changes | {"username": "another", "is_staff": "on"}).url == URL
    luz.refresh_from_db()
    assert {name: str(getattr(luz, name)) for name in changes} == changes
    assert (luz.username, luz.is_staff) == ("luz.clara", False)
    assert "Your profile is saved." in signed_in.get(URL).content.decode()


def test_profile_shows_errors_beside_fields(signed_in, luz, changes):
    page = Page(signed_in.post(URL, changes | {"first_names": "", "birth_date": "2999-01-01", "language": "xx"}))
    assert page.error_of("first_names") == "This field is required."
    assert "future" in page.error_of("birth_date")
    assert page.error_of("language")
    luz.refresh_from_db()
    assert luz.first_names == "Luz"


def test_password_change_ends_other_sessions_only(signed_in, luz):
    own, other = signed_in.session.session_key, sign_in(luz)
    deleted = []

    def note(instance, **kwargs):
        deleted.append((instance.pk, instance.user_id))

    post_delete.connect(note, sender=Session)
    response = change_password(signed_in)
    post_delete.disconnect(note, sender=Session)
    assert response.url == URL
    assert deleted == [(other, luz.pk)]
    assert valid_keys([own, other]) == {own}
    assert signed_in.get(URL).status_code == 200


def test_only_new_password_signs_in(signed_in):
    change_password(signed_in)
    for password, status in [(PASSWORD, 200), (NEW_PASSWORD, 302)]:
        answers = {"username": "luz.clara", "password": password}
        assert Client().post("/accounts/sign-in/", answers).status_code == status


@pytest.mark.parametrize(
    ("field", "answers"),
    [
        ("old_password", {"old": "wrong"}),
        ("new_password1", {"new": "12345678"}),
        ("new_password1", {"new": "luz.clara"}),
        ("new_password1", {"new": "x7" * 65}),
        ("new_password2", {"again": "something else"}),
    ],
)
def test_invalid_password_change_is_refused(signed_in, luz, field, answers):
    other = sign_in(luz)
    assert Page(change_password(signed_in, **answers)).error_of(field)
    luz.refresh_from_db()
    assert luz.check_password(PASSWORD)
    assert valid_keys([other]) == {other}


def test_user_ends_another_of_their_sessions(signed_in, luz):
    other = Session.objects.get(pk=sign_in(luz))
    page = signed_in.get(URL).content.decode()
    assert f"/accounts/sessions/{other.handle}/end/" in page
    assert other.session_key not in page
    assert signed_in.post(f"/accounts/sessions/{other.handle}/end/").url == URL
    assert valid_keys([other.pk]) == set()
    assert signed_in.get(URL).status_code == 200


def test_user_cannot_end_session_of_another_user(signed_in):
    dora = sign_up("dora")
    theirs = Session.objects.get(pk=dora.session_key)
    assert signed_in.post(f"/accounts/sessions/{theirs.handle}/end/").status_code == 404
    assert valid_keys([theirs.pk]) == {theirs.pk}
