"""What people can change of themselves."""

import pytest
from django.db.models.signals import post_delete
from django.test import Client

from accounts.models import Session
from accounts.sessions import alive
from tests.people import PASSWORD, sign_in, sign_up

from .conftest import Page

pytestmark = pytest.mark.once("embedded")

URL = "/accounts/profile/"
NEW_PASSWORD = "another walk, to the hills"


@pytest.fixture
def at_home(client, luz):
    """Luz's browser."""
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
def test_the_profile_is_for_those_signed_in(client, url):
    assert client.get(url).url == f"/accounts/sign-in/?next={url}"


def test_the_profile_shows_what_is_known_and_the_age(at_home, luz):
    response = at_home.get(URL)
    assert Page(response).elements["id_birth_date"]["value"] == "1990-05-17"
    assert f"{luz.age} years old" in response.content.decode()


def test_the_profile_changes_all_but_the_user_name(at_home, luz, changes):
    assert at_home.post(URL, changes | {"username": "somebody", "is_staff": "on"}).url == URL
    luz.refresh_from_db()
    assert {name: str(getattr(luz, name)) for name in changes} == changes
    assert (luz.username, luz.is_staff) == ("luz.clara", False)
    assert "Your profile is saved." in at_home.get(URL).content.decode()


def test_the_profile_says_beside_each_field_what_is_wrong(at_home, luz, changes):
    page = Page(at_home.post(URL, changes | {"first_names": "", "birth_date": "2999-01-01", "language": "xx"}))
    assert page.error_of("first_names") == "This field is required."
    assert "future" in page.error_of("birth_date")
    assert page.error_of("language")
    luz.refresh_from_db()
    assert luz.first_names == "Luz"


def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(at_home, luz):
    own, other = at_home.session.session_key, sign_in(luz)
    deleted = []

    def note(instance, **kwargs):
        deleted.append((instance.pk, instance.user_id))

    post_delete.connect(note, sender=Session)
    response = change_password(at_home)
    post_delete.disconnect(note, sender=Session)
    assert response.url == URL
    assert deleted == [(other, luz.pk)]
    assert alive([own, other]) == {own}
    assert at_home.get(URL).status_code == 200


def test_the_new_password_signs_in_and_the_old_one_does_not(at_home):
    change_password(at_home)
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
def test_a_password_is_changed_by_its_owner_to_a_good_one(at_home, luz, field, answers):
    other = sign_in(luz)
    assert Page(change_password(at_home, **answers)).error_of(field)
    luz.refresh_from_db()
    assert luz.check_password(PASSWORD)
    assert alive([other]) == {other}


def test_a_user_ends_one_of_their_other_sessions(at_home, luz):
    other = Session.objects.get(pk=sign_in(luz))
    page = at_home.get(URL).content.decode()
    assert f"/accounts/sessions/{other.handle}/end/" in page
    assert other.session_key not in page
    assert at_home.post(f"/accounts/sessions/{other.handle}/end/").url == URL
    assert alive([other.pk]) == set()
    assert at_home.get(URL).status_code == 200


def test_nobody_ends_the_session_of_another(at_home):
    dora = sign_up("dora")
    theirs = Session.objects.get(pk=dora.session_key)
    assert at_home.post(f"/accounts/sessions/{theirs.handle}/end/").status_code == 404
    assert alive([theirs.pk]) == {theirs.pk}
