"""Users as the site's staff handles them."""

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from accounts.models.user import TAKEN
from accounts.sessions import alive
from tests.people import PASSWORD, sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.once("embedded")]
NEW_PASSWORD = "another walk, to the hills"


@pytest.fixture
def staff(client):
    """The browser of the site's owner."""
    client.force_login(User.objects.create_superuser("admin", PASSWORD))
    return client


def form_of(staff, user, **changes):
    """What the admin's form of `user` holds, as a browser would send it back."""
    form = staff.get(f"/admin/accounts/user/{user.pk}/change/").context["adminform"].form
    held = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in (held | changes).items() if value not in (None, False)}


def test_the_first_account_of_a_site_is_made_on_the_command_line(monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", "--noinput", "--username", "Admin", "--email", "a@example.org", verbosity=0)
    owner = User.objects.get_by_natural_key("ADMIN")
    assert owner.check_password(PASSWORD)
    assert (owner.is_staff, owner.is_superuser, owner.age) == (True, True, None)


def test_the_command_line_refuses_a_name_that_looks_taken_in_words(monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    User.objects.create_user("Iris", PASSWORD)
    with pytest.raises(CommandError, match=str(TAKEN)):
        call_command("createsuperuser", "--noinput", "--username", "lris", "--email", "a@example.org", verbosity=0)


def test_staff_find_people_by_their_names(staff, luz):
    for words in ["clara", "Luz", "luz.cl"]:
        assert "luz.clara" in staff.get("/admin/accounts/user/", {"q": words, "gender__exact": "F"}).content.decode()
    assert "luz.clara" not in staff.get("/admin/accounts/user/", {"q": "nobody"}).content.decode()


def test_staff_add_somebody_who_can_sign_in(staff, client):
    answers = {"username": "Soporte", "password1": PASSWORD, "password2": PASSWORD, "usable_password": "true"}
    response = staff.post("/admin/accounts/user/add/", answers | {"gender": "N"})
    assert response.status_code == 302, response.context["errors"]
    assert User.objects.get_by_natural_key("soporte").check_password(PASSWORD)


@pytest.mark.parametrize("name", ["LUZ.clara", "1uz.clara"])
def test_staff_too_cannot_give_a_name_that_looks_taken(staff, luz, name):
    answers = {"username": name, "password1": PASSWORD, "password2": PASSWORD, "usable_password": "true"}
    assert "taken" in str(staff.post("/admin/accounts/user/add/", answers | {"gender": "N"}).context["errors"])


def test_a_new_user_name_is_found_under_its_new_key(staff, luz):
    response = staff.post(f"/admin/accounts/user/{luz.pk}/change/", form_of(staff, luz, username="Lucía"))
    assert response.status_code == 302, response.context["errors"]
    assert User.objects.get_by_natural_key("LUCÍA") == luz
    assert not User.objects.named("luz.clara").exists()


def test_a_user_name_saved_alone_takes_its_key_along(luz):
    luz.username = "Lucía"
    luz.save(update_fields=["username"])
    assert User.objects.get_by_natural_key("lucía") == luz


def test_deactivating_somebody_ends_their_sessions(staff, luz):
    key = sign_in(luz)
    response = staff.post(f"/admin/accounts/user/{luz.pk}/change/", form_of(staff, luz, is_active=False))
    assert response.status_code == 302, response.context["errors"]
    assert not luz.sessions.exists()
    assert alive([key]) == set()


def test_a_password_set_by_staff_ends_the_sessions(staff, luz):
    sign_in(luz)
    answers = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD, "usable_password": "true"}
    assert staff.post(f"/admin/accounts/user/{luz.pk}/password/", answers).status_code == 302
    luz.refresh_from_db()
    assert luz.check_password(NEW_PASSWORD)
    assert not luz.sessions.exists()


def test_staff_who_set_their_own_password_there_stay_signed_in(staff):
    owner = User.objects.get()
    answers = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD, "usable_password": "true"}
    staff.post(f"/admin/accounts/user/{owner.pk}/password/", answers)
    assert staff.get("/admin/").status_code == 200


def test_the_admin_is_closed_to_everybody_else(client, luz):
    client.force_login(luz)
    assert client.get("/admin/accounts/user/").status_code == 302
